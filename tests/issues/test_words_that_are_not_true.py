"""What is said to people is true: what is the matter, what was sent, who is online, whom it concerns."""

import os
import pty
import re
import resource
import select
import signal
import subprocess
import time

import pytest

from members import LONG, eventually, free_port, home
from palabre import DEADLINE, at_home, palabre, run

OSERR, TEMPFAIL = 71, 75  # of <sysexits.h>


def few_files(most):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return limit


@pytest.mark.parametrize("most", range(4, 10))
@pytest.mark.parametrize("what", ["send", "tail", "chat", "serve"])
def test_too_few_open_files_are_no_bug_and_nobodys_folder(folder, server, what, most):
    at = f"127.0.0.1:{server.port}"
    arguments = {"send": ("send", at, "hello"), "tail": ("tail", at), "chat": ("chat", at, "--plain"),
                 "serve": ("serve", "--port", 0, "--memory", "--control", folder / "other")}[what]
    environment = home(folder, "ana")
    subprocess.run(palabre("send", at, "once"), env=environment, check=True, timeout=DEADLINE)
    done = subprocess.run(palabre(*arguments), stdin=subprocess.DEVNULL, capture_output=True,
                          preexec_fn=few_files(most), env=environment, encoding="utf-8",
                          timeout=DEADLINE, check=False)
    if done.returncode == 127:  # so few that the program cannot be loaded
        return
    said = [line for line in at_home(done.stderr).splitlines() if line.startswith("palabre: ")]
    if done.returncode == 0:
        return
    assert done.returncode == OSERR, done
    assert len(said) == 1 and "Too many open files; allow more" in said[0], done
    assert "bug" not in said[0] and "look at" not in said[0], said


def at_a_terminal(arguments, environment, until):
    """What comes to a terminal, until it has `until`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(arguments[0], arguments, environment)
    came, end = b"", time.monotonic() + DEADLINE
    try:
        while until not in came and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                came += os.read(terminal, 65536)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    assert until in came, came
    return came


@pytest.mark.parametrize("terminal", [None, "", "dumb"], ids=["unset", "empty", "dumb"])
def test_a_terminal_that_knows_no_escapes_is_sent_none(folder, server, terminal):
    environment = home(folder, "ana")
    if terminal is not None:
        environment["TERM"] = terminal
    arguments = palabre("chat", f"127.0.0.1:{server.port}")
    assert b"\x1b" not in at_a_terminal(arguments, environment, b"nobody else is here")


def test_a_terminal_that_knows_them_has_them(folder, server):
    environment = {**home(folder, "ana"), "TERM": "xterm"}
    arguments = palabre("chat", f"127.0.0.1:{server.port}")
    assert b"\x1b" in at_a_terminal(arguments, environment, b"nobody else is here")


def test_members_are_counted_as_members(folder, server):
    guest = server.guest().comes_online()
    with subprocess.Popen(palabre("tail", f"127.0.0.1:{server.port}", "--follow", "--nick", "ana"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=home(folder, "ana")) as member:
        def who():
            return run("who", "--control", server.control)[1]
        eventually(lambda: " ana\n" in who(), "she is online")
        assert who().endswith("1 guest and 1 member online\n")
        assert "1 guest in lobby" not in run("who", "lobby", "--control", server.control)[1]
        figures = run("stats", "--control", server.control)[1]
        assert "guests online: 1\nmembers online: 1\n" in figures
        guest.says("/quit")
        guest.told("Goodbye")
        eventually(lambda: re.search(r" [1-9]\d*s  lobby  ana\n", who()),
                   "she is silent for a second")
        assert who().endswith("1 member online\n")
        member.send_signal(signal.SIGTERM)
        member.communicate(timeout=DEADLINE)


@pytest.mark.parametrize("text", ["", " \t", "\n"])
def test_an_empty_text_is_not_said_to_be_kept(folder, server, text):
    done = subprocess.run(palabre("send", f"127.0.0.1:{server.port}", text), capture_output=True,
                          env=home(folder, "ana"), encoding="utf-8", timeout=DEADLINE, check=False)
    assert done.returncode == 64 and "nothing to send" in done.stderr, done


def test_what_was_never_sent_is_not_said_to_appear_twice(folder):
    done = subprocess.run(palabre("send", f"127.0.0.1:{free_port()}", "hello", "--wait",
                                  "--timeout", 1), capture_output=True, env=home(folder, "ana"),
                          encoding="utf-8", timeout=DEADLINE, check=False)
    assert done.returncode == TEMPFAIL, done
    assert "1 message was not sent" in done.stderr and "twice" not in done.stderr, done.stderr
    assert "unconfirmed" not in done.stderr


@pytest.mark.skipif(not LONG, reason="forty seconds")
def test_who_was_suspended_reads_why_and_loses_nothing(table):
    awa = table.sits("awa")
    pid = awa.pid()
    os.kill(pid, signal.SIGSTOP)
    time.sleep(40)  # longer than a connection lives without a word
    table.another_says("while you slept")
    os.kill(pid, signal.SIGCONT)
    awa.shows(r"^\d\d:\d\d #1 bot: while you slept$")
    awa.says("good morning")
    awa.shows(r"#2 you: good morning$")
    seen = awa.text()
    assert "restarted" not in seen or "had heard nothing from here for too long" in seen, seen
    assert "lost to you" not in seen, seen  # the room had no message yet
    assert awa.count("#1 bot: while you slept") == 1
