"""What `palabre chat`, `send` and `tail` do to the terminal that they share with a shell, and to the
signals that it sends: on a bare pseudo-terminal, and in one of tmux's."""

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest

from members import Process, eventually, home
from palabre import at_home, DEADLINE, palabre
from screen import COLUMNS, ROWS, Screen


def at(server, room="ops"):
    return f"127.0.0.1:{server.port}/{room}"


def send(folder, server, name, lines, *flags):
    done = subprocess.run(palabre("send", at(server), "--nick", name, *flags), input=lines,
                          capture_output=True, timeout=DEADLINE, encoding="utf-8",
                          env=home(folder, name))
    assert done.returncode == 0, done.stderr


class Pty:
    """A chat at a terminal that is read only when the test does so."""

    def __init__(self, folder, name, *arguments):
        self.own, self.terminal = pty.openpty()
        self.modes = termios.tcgetattr(self.terminal)
        self.output = ""
        self.process = subprocess.Popen(
            palabre("chat", *arguments, "--nick", name), stdin=self.terminal,
            stdout=self.terminal, stderr=self.terminal,
            env={**home(folder, name), "TERM": "xterm", "NO_COLOR": "1"}, start_new_session=True)

    def types(self, text):
        os.write(self.own, text.encode())

    def _has_more(self, seconds):
        return bool(select.select([self.own], [], [], seconds)[0])

    def reads(self, pattern, bite=65536):
        """Reads on until it is there."""
        end = time.monotonic() + DEADLINE
        while not re.search(pattern, self.output):
            assert self._has_more(end - time.monotonic()), self.output[-500:]
            self.output += os.read(self.own, bite).decode(errors="replace")

    def ends(self):
        """Its exit code. What it says until then is read."""
        while self.process.poll() is None:
            if self._has_more(0.05):
                self.output += os.read(self.own, 65536).decode(errors="replace")
        return self.process.returncode

    def hangs_up(self):
        os.close(self.own)
        self.own = None

    def __enter__(self):
        return self

    def __exit__(self, *trace):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.terminal)
        if self.own is not None:
            os.close(self.own)


# ------------------------------------------------------------------------------- input and output


def test_a_terminal_that_is_slow_to_be_read_loses_nothing(tmp_path, server):
    send(tmp_path, server, "kofi", "".join(f"{i} {'x' * 300}\n" for i in range(1, 501)))
    with Pty(tmp_path, "awa", at(server)) as awa:
        awa.reads("nobody else is here")
        awa.types("new\r")
        awa.reads(r"#501 \(you\): new")
        awa.types("/history 500\r")
        # In bites that are much smaller than what there is: it has to wait again and again.
        awa.reads(r"\(/history goes on before that\)", bite=500)
        assert os.get_blocking(awa.terminal), "the shell's terminal is not what it was"
        os.set_blocking(awa.terminal, False)  # as any other program may do
        awa.output = ""
        awa.types("/search xxx\r/help\r/search 1\r")
        awa.reads(r"(?s)(\(that is all\).*){2}", bite=500)
        awa.types("/quit\r")
        assert awa.ends() == 0


def test_what_nobody_can_wait_for_is_read_all_the_same(tmp_path, server):
    environment = home(tmp_path, "awa")

    def run(command, file):
        source = os.open(file, os.O_RDONLY)
        done = subprocess.run(palabre(command, at(server)), stdin=source, capture_output=True,
                              timeout=DEADLINE, encoding="utf-8", env=environment)
        os.close(source)
        return done.returncode, at_home(done.stderr)

    for command in ("send", "chat"):
        assert run(command, "/dev/null") == (0, "")
        code, errors = run(command, tmp_path)
        assert code == os.EX_IOERR and "Standard input cannot be read" in errors


# ------------------------------------------------------------------------------- what is typed


def test_the_keyboard_lives_on_after_an_end_that_was_none(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("wait")
    awa.shows("^… wait$")
    awa.presses("C-d")
    awa.shows("^-- 1 of your messages is not kept yet, and is lost if you leave now")
    awa.shows("^lobby>")
    awa.shows("^… wait$")
    awa.says("more")
    awa.shows("^… more$")
    table.relay.heal()
    awa.shows("#2 you: more$")
    awa.presses("C-d")
    awa.ends()


def test_the_key_up_shows_what_was_typed_before(table):
    awa = table.sits("awa")
    awa.says("first")
    awa.says("second")
    awa.shows("#2 you: second$")
    awa.presses("Up")
    awa.shows("^lobby> second$")
    awa.presses("Up")
    awa.shows("^lobby> first$")
    awa.presses("Enter")
    awa.shows("#3 you: first$")
    awa.types("draft")
    awa.presses("Up", "Down")
    awa.shows("^lobby> draft$")


def test_what_the_editor_shows_besides_is_there_too(table):
    awa = table.sits("awa")
    awa.says("first")
    awa.shows("#1 you: first$")
    awa.presses("C-r")
    awa.types("irs")
    awa.shows(r"^\(reverse-i-search\)`irs': first$")
    awa.presses("C-g")
    awa.shows("^lobby>$")
    awa.types("/h")
    awa.presses("Tab")
    awa.shows("^-- /help  /history$")
    awa.shows("^lobby> /h$")
    awa.presses("C-l")
    awa.shows("#1 you: first$", times=0)
    assert awa.text() == "lobby> /h", awa.text()
    awa.presses("Home")
    awa.types("x" * 80)
    table.another_says("hello")
    awa.shows("#2 bot: hello$")
    assert awa.text().endswith(f"#2 bot: hello\nlobby> {'x' * 80}/h"), awa.text()


def test_a_window_that_changes_takes_no_message_away(table):
    awa = table.sits("awa")
    draft = "".join(f"{i:03}, " for i in range(22))
    awa.resizes(100, ROWS)
    awa.types(draft)
    for columns in (50, 100, 40, 99, 70, 120):
        table.another_says(f"before {columns}")
        awa.shows(f"bot: before {columns}$")
        awa.resizes(columns, ROWS)
        table.another_says(f"at {columns}")
        awa.shows(f"bot: at {columns}$")
    seen = awa.text()
    assert re.findall(r"#(\d+) bot", seen) == [str(i + 1) for i in range(12)], seen
    assert seen.endswith(f"lobby> {draft}".rstrip()), seen


def test_a_window_that_changes_leaves_no_line_that_waits_behind(table):
    awa = table.sits("awa")
    table.relay.cut()
    text = "this waits for a network that is gone: forty columns"
    awa.says(text)
    awa.shows(f"^… {text}$")
    for columns in (40, 30, 100, 50, COLUMNS):
        awa.resizes(columns, ROWS)
        eventually(lambda: awa.count("^… ") == 1, "it waits once")
    table.relay.heal()
    awa.shows(f"#1 you: {text}$")
    assert awa.count("^… ") == 0, awa.text()


# ------------------------------------------------------------------------------- signals


def test_who_is_ended_gives_the_terminal_back_and_says_goodbye(tmp_path, server):
    send(tmp_path, server, "kofi", "one\ntwo\n")
    with Pty(tmp_path, "awa", at(server)) as awa:
        awa.reads("nobody else is here")
        assert termios.tcgetattr(awa.terminal)[3] & termios.ICANON == 0
        awa.process.send_signal(signal.SIGTERM)
        assert awa.ends() == 128 + signal.SIGTERM
        assert termios.tcgetattr(awa.terminal) == awa.modes
        assert "\x1b[?2004l" in awa.output, "what is pasted into the shell comes in brackets"
    assert "ops" in Path(home(tmp_path, "awa")["XDG_STATE_HOME"], "palabre/cursors").read_text()
    with Pty(tmp_path, "ben", at(server)) as ben:
        ben.reads("nobody else is here")  # the server knows at once that the other has gone


def test_what_was_only_typed_is_not_sent_when_the_terminal_goes(tmp_path, server):
    with Pty(tmp_path, "awa", at(server)) as awa:
        awa.reads("nobody else is here")
        awa.types("sent\rhalf a sen")
        awa.reads(r"#1 \(you\): sent(.|\n)*half a sen")
        awa.hangs_up()
        assert awa.process.wait(DEADLINE) == os.EX_IOERR
    assert [line.split(" ", 2)[2] for line in tail(tmp_path, server).splitlines()] == [
        "#1 awa> sent"]


@pytest.mark.parametrize("command", [["chat", "--plain"], ["tail", "--follow"], ["send"]])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_command_ends_as_it_is_told(tmp_path, server, command, how):
    send(tmp_path, server, "kofi", "one\ntwo\n")
    with Process(palabre(*command, at(server)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                 env=home(tmp_path, "awa"), bufsize=0) as process:
        if command != ["send"]:
            process.process.stdout.readline()
        else:
            process.process.stdin.write(b"three\n")
            eventually(lambda: "three" in tail(tmp_path, server), "it is kept")
        process.process.send_signal(how)
        assert process.process.wait(DEADLINE) == 128 + how
        assert process.said() == ""


def tail(folder, server):
    return subprocess.run(palabre("tail", at(server)), capture_output=True, timeout=DEADLINE,
                          encoding="utf-8", env=home(folder, "kofi")).stdout


def test_what_is_ignored_from_the_start_stays_so(tmp_path, server):
    send(tmp_path, server, "kofi", "one\n")
    command = shlex.join(palabre("tail", "--follow", at(server)))
    with Process(["sh", "-c", f"trap '' HUP; exec {command}"], stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE, env=home(tmp_path, "awa"), bufsize=0) as process:
        process.process.stdout.readline()
        process.process.send_signal(signal.SIGHUP)
        send(tmp_path, server, "kofi", "two\n")
        assert process.process.stdout.readline().endswith(b"two\n")


def test_a_second_signal_does_not_wait(tmp_path, server):
    send(tmp_path, server, "kofi", "".join(f"{'x' * 300}\n" for i in range(500)))
    with Pty(tmp_path, "awa", at(server)) as awa:
        awa.reads("nobody else is here")
        awa.types("new\r")
        awa.reads(r"#501 \(you\): new")
        awa.types("/history 500\r")
        stuck = Path(f"/proc/{awa.process.pid}/syscall")
        eventually(lambda: stuck.read_text().startswith("1 0x1 "), "it waits for its terminal to be read")
        awa.process.send_signal(signal.SIGTERM)
        eventually(lambda: pending_is_caught(awa.process.pid), "the first one came")
        assert awa.process.poll() is None
        awa.process.send_signal(signal.SIGTERM)
        assert awa.process.wait(DEADLINE) == -signal.SIGTERM


def pending_is_caught(pid):
    """Nobody's any more: the next one has its default action."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)
    return not caught >> (signal.SIGTERM - 1) & 1


def test_who_was_stopped_goes_on_where_it_was(tmp_path, server):
    with Screen(tmp_path, "awa", at(server), shell=True) as awa:
        awa.shows("^-- ops: nobody else is here")
        awa.types("half a ")
        awa.shows("^ops> half a$")
        awa.presses("C-z")
        awa.shows(r"^\[1\]\+ +Stopped")
        awa.says("stty -a | grep -o ' icanon'")
        awa.shows("^ icanon$")
        send(tmp_path, server, "kofi", "meanwhile\n")
        awa.says("fg")
        awa.shows("#1 kofi: meanwhile$")
        awa.shows("^ops> half a$")
        awa.types("word")
        awa.presses("Enter")
        awa.shows("#2 you: half a word$", times=1)
