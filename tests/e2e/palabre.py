"""Helpers for the tests of `palabre serve`: a server, guests on bare sockets, guests with a netcat.

Nothing here sleeps in the hope that something is ready: it waits for the event itself, with a
deadline. Checks are exact: `hears` takes the very next bytes, so that it also shows
that nothing else came before them. Every process started is ended, by its own number, and every
datagram stays on this machine.
"""

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("PALABRE_BIN") or ROOT / "build/release/bin").resolve()
DEADLINE = 20.0  # seconds: far beyond what anything here takes

LINE_BYTES = 1200  # the longest line there is, name and newline included
CLOSING = "-- The server is closing. Goodbye."
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (error|warning|info|debug) +\S.*"
                      r"|  .+")  # an entry's further lines are indented


def palabre(*arguments):
    """The command line of palabre with these arguments."""
    path = BIN / "palabre"
    assert path.exists(), f"{path} is not built (PALABRE_BIN names the folder of the programs)"
    words = list(map(str, arguments))
    # Machines that run tests have no user palabre, the default user for a server started by root.
    if os.geteuid() == 0 and words[:1] == ["serve"] and "--user" not in words:
        words[1:1] = ["--user", "nobody"]
    return [str(path), *words]


def at_home(errors):
    """Standard error of a member's command, without the line about a server's first use."""
    return re.sub(r"^palabre: The first time here: from now on \S+ is the server with the pin \S+\n",
                  "", errors)


def run(*arguments):
    """Runs `palabre` to its end: exit code, standard output, standard error."""
    done = subprocess.run(palabre(*arguments), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=DEADLINE, encoding="utf-8")
    return done.returncode, done.stdout, done.stderr


def asks(server, *arguments):
    """The server's answer to an operator's command, which must succeed."""
    code, output, errors = run(*arguments, "--control", server.control)
    assert (code, errors) == (0, ""), (code, output, errors)
    return output


def readable(stream, until):
    """Waits until there is something to read, or end of file, or the time `until`."""
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(max(0.0, until - time.monotonic()) * 1000))


class Listener:
    """Reads text that comes in pieces; `_listen` waits for the next piece, empty at the end."""

    def __init__(self):
        self.unread = b""

    def hears(self, *lines):
        """Checks that the next text is exactly these lines."""
        expected = "".join(f"{line}\n" for line in lines).encode()
        end = time.monotonic() + DEADLINE
        while len(self.unread) < len(expected) and expected.startswith(self.unread):
            if not self._hear_more(end):
                break
        heard = self.unread[:len(expected)]
        assert heard == expected, f"\nheard:    {self.unread!r}\nexpected: {expected!r}"
        self.unread = self.unread[len(expected):]

    def hears_a_line(self):
        """The next line, without its newline."""
        end = time.monotonic() + DEADLINE
        while b"\n" not in self.unread and self._hear_more(end):
            pass
        line, newline, self.unread = self.unread.partition(b"\n")
        assert newline, f"no whole line was heard: {line!r}"
        return line.decode()

    def told(self, *words):
        """Checks that the next line is a notice of the server's that contains all these words."""
        line = self.hears_a_line()
        assert line.startswith("-- "), f"no line of the server's: {line!r}"
        for word in words:
            assert word in line, f"\nheard:    {line!r}\nlacks:    {word!r}"
        return line

    def _hear_more(self, end):
        bit = self._listen(end)
        self.unread += bit
        return bit


class Guest(Listener):
    """A guest with a connected socket: it receives only from the address that it writes to."""

    def __init__(self, port, host="127.0.0.1", own=None):
        """Writes to the address `host`, from its `own` address and port, by default any."""
        super().__init__()
        self.server_port = port
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                                    socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        if own:
            self.socket.bind(own)
        self.writes_to(host)
        own_host, own_port = self.socket.getsockname()[:2]
        self.name = f"[{own_host}:{own_port}]"

    def writes_to(self, host):
        """Writes to `host` from now on, and receives only from there; keeps its own address."""
        self.socket.connect((host, self.server_port))

    def sends(self, datagram):
        self.socket.send(datagram if isinstance(datagram, bytes) else datagram.encode())

    def says(self, text):
        """Sends a line as a netcat does: text and newline in one datagram."""
        self.sends(f"{text}\n")

    def comes_online(self, *words):
        """Comes online with an empty line, of which the others see nothing."""
        self.says("")
        self.told("Welcome", *words)
        return self

    def catches_up(self):
        """All lines so far. Asks twice: an answer may overtake messages sent at the same time."""
        lines = []
        for question in ("/now", "/then"):
            self.says(question)
            while not (line := self.hears_a_line()).startswith(f"-- {question} is no command"):
                lines.append(line)
        return lines

    def _listen(self, end):
        if not readable(self.socket, end):
            return b""
        datagram = self.socket.recv(65536)
        assert datagram.endswith(b"\n"), f"no whole line: {datagram!r}"
        assert len(datagram) <= LINE_BYTES, f"{len(datagram)} bytes in one datagram"
        return datagram

    def hang_up(self):
        """Leaves without a message, as netcat does. Returns the text that no check has read."""
        while self.socket.fileno() >= 0 and readable(self.socket, 0):
            self.unread += self._listen(0)
        self.socket.close()
        return self.unread.decode()


class Server:
    """`palabre serve` on a free port, and its guests.

    The end of the `with` ends it, checks that it ends properly, and that no guest has received
    anything that the test did not expect: at most the server's goodbye is left unread.
    """

    def __init__(self, *flags, started_by=lambda command: command, descriptors=()):
        """`started_by` wraps the command into one that execs it, as another user, say. The process
        inherits these `descriptors` of the test's."""
        self._guests = []
        self._errors = tempfile.TemporaryFile()
        self._folder = tempfile.TemporaryDirectory(prefix="palabre-")
        self.control = Path(self._folder.name) / "control"  # its own: servers never meet
        if "--control" not in flags:
            flags = (*flags, "--control", self.control)
        if not {"--data", "--memory"} & set(flags):
            flags = (*flags, "--memory")
        if "--port" not in flags:
            flags = ("--port", 0, *flags)
        self.process = subprocess.Popen(
            started_by(palabre("serve", *flags)), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self._errors, bufsize=0, start_new_session=True,
            pass_fds=descriptors)
        try:
            self.port = self._read_port()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _read_port(self):
        """Waits for the first line, which has the server's port."""
        end = time.monotonic() + DEADLINE
        line = b""
        while not line.endswith(b"\n") and readable(self.process.stdout, end):
            byte = self.process.stdout.read(1)
            if not byte:
                break
            line += byte
        found = re.match(rb"Palabre listens on UDP port (\d+)\. ", line)
        assert found, f"began with {line!r}, and on stderr: {self.log()!r}"
        return int(found[1])

    def log(self):
        """Its standard error so far."""
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode()

    def logs(self, words, times=1):
        """Waits until its log has the words so many times: a thread of its own writes the log.
        Returns the log."""
        end = time.monotonic() + DEADLINE
        while (log := self.log()).count(words) < times or not log.endswith("\n"):
            assert time.monotonic() < end, f"{words!r} is not {times} times in {log}"
            time.sleep(0.01)
        return log

    def guest(self, host="127.0.0.1"):
        """A guest on this machine, not online yet, who writes to the server's address `host`."""
        guest = Guest(self.port, host)
        self._guests.append(guest)
        return guest

    def guests(self, count):
        """`count` guests in the lobby, who have read their welcome."""
        return [self.guest().comes_online() for _ in range(count)]

    def passer_by(self, number):
        """One of thousands of guests, who may close its socket while online.

        Each has its own address, and all have a port that the kernel assigns to nobody, so that
        datagrams that the server still sends there do not reach another test's server.
        """
        pid = os.getpid()
        host = f"127.{pid // 9000 % 250 + 1}.{number // 250}.{number % 250 + 1}"
        return Guest(self.port, own=(host, 10000 + pid % 9000))

    @contextlib.contextmanager
    def paused(self):
        """Stops the server within the `with`: it then reads all waiting datagrams at once."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def end(self, how=signal.SIGTERM):
        """Asks it to end. Returns how many seconds that took, and the rest of its output."""
        began = time.monotonic()
        self.process.send_signal(how)
        output, _ = self.process.communicate(timeout=DEADLINE)
        took = time.monotonic() - began
        assert self.process.returncode == 0, f"exit code {self.process.returncode}\n{self.log()}"
        for line in self.log().splitlines():
            assert LOG_LINE.fullmatch(line), f"no line of a log: {line!r}"
        return took, (output or b"").decode()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and self.process.returncode is None:
                self.end()
        finally:
            if self.process.returncode is None:
                self.process.kill()
                self.process.communicate()
            self._errors.close()
            self._folder.cleanup()
            heard = [(guest.name, guest.hang_up()) for guest in self._guests]
        if kind is None:
            for name, text in heard:
                assert text in ("", f"{CLOSING}\n"), f"{name} heard what nobody expected: {text!r}"


BASH = """
exec 3<>/dev/udp/$0/$1
cat <&3 &
while IFS= read -r line; do printf '%s\\n' "$line" >&3; done
"""

# Each with the Debian package that has it, and its command line.
NETCATS = {
    "nc.openbsd": ("netcat-openbsd", "nc.openbsd -u {host} {port}"),
    "nc.traditional": ("netcat-traditional", "nc.traditional -u {host} {port}"),
    "ncat": ("ncat", "ncat -u {host} {port}"),
    "socat": ("socat", "socat - UDP:{bracketed}:{port}"),
    "bash": ("bash", "bash -c {bash} {host} {port}"),
}
ONLY_IPV4 = {"nc.traditional"}


def installed(netcat):
    """A failure, never a silent skip, says which Debian package is missing."""
    package, _ = NETCATS[netcat]
    assert shutil.which(netcat), f"{netcat} is missing: apt-get install {package}"


class Netcat(Listener):
    """A guest who types into a real netcat; the end of the `with` ends it."""

    def __init__(self, netcat, port, host="127.0.0.1"):
        super().__init__()
        installed(netcat)
        _, command = NETCATS[netcat]
        places = {"host": host, "bracketed": f"[{host}]" if ":" in host else host, "port": port,
                  "bash": BASH}
        self.process = subprocess.Popen([word.format(**places) for word in command.split()],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                        start_new_session=True)

    def says(self, text):
        """Types a line. Type the next one only after an effect of this one: two at once may go out
        as one datagram."""
        self.process.stdin.write(f"{text}\n".encode())

    def comes_online(self, text, *words):
        """Comes online with a first message, then finds out its address, as the server shows it."""
        self.says(text)
        self.told("Welcome to lobby", *words)
        self.says("/who")
        self.name = re.search(r"(\[\S+:\d+\]) \(you\)", self.told("In lobby"))[1]

    def _listen(self, end):
        stdout = self.process.stdout
        return os.read(stdout.fileno(), 65536) if readable(stdout, end) else b""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        # Not reaped yet, so the pid is still its own; bash has a cat as its child.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
