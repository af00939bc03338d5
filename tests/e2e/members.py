"""Helpers for the tests of members: authors and readers as real `palabre` processes, each with its
own home folder, and the bad network between them and a server.

Texts are `NAME N`, counted up by each author, so that losses, duplicates and wrong order show in
what came.
"""

import collections
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

from palabre import DEADLINE, at_home, palabre, readable, run

LONG = bool(os.environ.get("PALABRE_LONG"))
PATIENCE = "3600"  # seconds: clients must not time out in these tests


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as finder:
        finder.bind(("127.0.0.1", 0))
        return finder.getsockname()[1]


def home(folder, name):
    """The environment of a user with their own home folder, empty at the first call."""
    config = folder / "homes" / name
    config.mkdir(parents=True, exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(config), "XDG_CONFIG_HOME": str(config),
            "XDG_STATE_HOME": str(config), "LANG": "C.UTF-8"}


def everything_kept(folder):
    """A configuration without limits on stored messages."""
    file = folder / "keep.toml"
    file.write_text("[keep]\nmessages = 0\nmebibytes = 0\n")
    return file


def eventually(is_so, what, seconds=DEADLINE):
    """Waits until `is_so()`. Returns how long that took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"after {seconds} s, still not: {what}"
        time.sleep(0.005)
    return time.monotonic() - began


class Process:
    """A process that ends with the `with`."""

    def __init__(self, command, **how):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stderr=self.errors, start_new_session=True, **how)

    def said(self):
        """Its standard error so far."""
        return at_home(os.pread(self.errors.fileno(), 1 << 20, 0).decode())

    def __enter__(self):
        return self

    def __exit__(self, *trace):
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self.process.wait()
        self.errors.close()


class Relay(Process):
    """`palabre lab impair`: a bad network in front of a server."""

    def __init__(self, port, *flags):
        super().__init__(palabre("lab", "impair", f"127.0.0.1:{port}", *flags),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.port = int(re.search(r"begins at UDP port (\d+)\. ", self._line())[1])

    def _line(self):
        assert readable(self.process.stdout, time.monotonic() + DEADLINE), "it says nothing"
        return self.process.stdout.readline().decode()

    def cut(self):
        self._toggle("Cut: ")

    def heal(self):
        self._toggle("Healed.")

    def _toggle(self, words):
        self.process.stdin.write(b"\n")
        line = self._line()
        assert line.startswith(words), line

    def end(self):
        """Ends it. Returns its counters."""
        self.process.send_signal(signal.SIGINT)
        counts = re.fullmatch(r"(\d+) datagrams came, (\d+) were handed on, (\d+) lost, "
                              r"(\d+) cut off, (\d+) had no room\.\n", self._line())
        assert self.process.wait(DEADLINE) == 0
        return dict(zip(("came", "handed_on", "lost", "cut_off", "no_room"),
                        map(int, counts.groups())))


class Author(Process):
    """`palabre send`: one message per line of input, in order."""

    def __init__(self, folder, name, target):
        super().__init__(palabre("send", target, "--nick", name, "--timeout", PATIENCE, "--wait"),
                         stdin=subprocess.PIPE, env=home(folder, name))
        self.name = name
        self.count = 0

    def says(self, count=1):
        lines = "".join(f"{self.name} {self.count + 1 + i}\n" for i in range(count))
        self.process.stdin.write(lines.encode())
        self.process.stdin.flush()
        self.count += count

    def end(self, seconds):
        """Ends the input; the process ends once the server has stored every message."""
        self.process.stdin.close()
        code = self.process.wait(seconds)
        assert (code, self.said()) == (0, ""), f"{self.name}: {code}, {self.said()!r}"


class Reader(Process):
    """`palabre tail --follow`: everything, from the first message on."""

    def __init__(self, folder, name, target):
        super().__init__(palabre("tail", target, "--nick", name, "--timeout", PATIENCE, "--wait",
                                 "--follow", "--json", "--from", 1),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=home(folder, name))
        self.name = name
        self.heard = []  # (time, text)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        for line in self.process.stdout:
            self.heard.append((time.monotonic(), json.loads(line)))

    def has_heard(self, author, since):
        """Whether a message of this author came after the time `since`."""
        for when, what in reversed(self.heard):
            if when <= since:
                return False
            if what.get("author") == author:
                return True
        return False

    def __exit__(self, *trace):
        self.process.kill()
        self._thread.join(DEADLINE)
        super().__exit__(*trace)


class Talk(threading.Thread):
    """Authors who write `rate` messages a second each, until the end of the `with`."""

    def __init__(self, authors, rate):
        super().__init__(daemon=True)
        self._authors = authors
        self._pause = 1 / rate
        self._is_over = threading.Event()

    def run(self):
        while not self._is_over.wait(self._pause):
            for author in self._authors:
                author.says()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *trace):
        self._is_over.set()
        self.join(DEADLINE)


def log_of(data, room="lobby"):
    """The messages in the server's store."""
    code, output, errors = run("log", room, "--data", data, "--json")
    assert code == 0, errors
    return [json.loads(line) for line in output.splitlines()]


def assert_whole(entries, authors, who):
    """Checks that every message of each author is there, once, in the order of writing, and that
    the log has no hole."""
    holes = [one for one in entries if "text" not in one]
    assert not holes, f"{who} misses some: {holes[:5]}"
    numbers = [int(one["number"]) for one in entries]
    assert numbers == list(range(1, len(numbers) + 1)), f"{who} has no log without a hole"
    said = collections.defaultdict(list)
    for one in entries:
        said[one["author"]].append(one["text"])
    for author in authors:
        expected = [f"{author.name} {number + 1}" for number in range(author.count)]
        came = said.pop(author.name, [])
        if came == expected:
            continue
        times = collections.Counter(came)
        lost = [text for text in expected if text not in times]
        doubled = [text for text, count in times.items() if count > 1]
        raise AssertionError(f"at {who}, of {author.count} of {author.name}: {len(lost)} are lost "
                             f"{lost[:5]}, {len(doubled)} doubled {doubled[:5]}, or out of order")
    assert not said, f"{who} heard somebody else: {list(said)}"


def assert_nothing_lost_nothing_doubled(data, authors, readers, seconds=DEADLINE):
    """Ends the authors, then checks every reader and the log."""
    for author in authors:
        author.end(seconds)
    assert_whole(log_of(data), authors, "the server's file")
    count = sum(author.count for author in authors)
    for reader in readers:
        eventually(lambda: len(reader.heard) >= count or reader.process.poll() is not None,
                   f"{reader.name} has all {count}, but {len(reader.heard)}", seconds)
        assert_whole([what for _, what in reader.heard], authors, reader.name)
    return count
