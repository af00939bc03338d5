"""A command that could not write its output has not succeeded; a reader who has left has had enough."""

import os
import resource
import subprocess

import pytest

from members import eventually, home
from palabre import DEADLINE, at_home, palabre

IOERR = 74  # of <sysexits.h>


@pytest.fixture
def commands(folder, data, server):
    """Every command that prints, each with its arguments."""
    told = subprocess.run(palabre("send", f"127.0.0.1:{server.port}", "hello"), check=False,
                          env=home(folder, "ana"), timeout=DEADLINE)
    assert told.returncode == 0
    control, at = ("--control", server.control), f"127.0.0.1:{server.port}"
    return {
        "help": ("--help",),
        "version": ("--version",),
        "id": ("id",),
        "log": ("log", "lobby", "--data", data),
        "log --json": ("log", "lobby", "--json", "--data", data),
        "check": ("check", "--data", data),
        "backup": ("backup", folder / "copy.db", "--data", data),
        "who": ("who", *control),
        "stats": ("stats", *control),
        "freeze": ("freeze", "lobby", *control),
        "ban": ("ban", "192.0.2.1", *control),
        "unban": ("unban", "192.0.2.1", *control),
        "decisions": ("decisions", *control),
        "invite": ("invite", "ops", *control),
        "tail": ("tail", at),
    }


def run_into(output, arguments, folder, **how):
    done = subprocess.run(palabre(*arguments), stdin=subprocess.DEVNULL, stdout=output,
                          stderr=subprocess.PIPE, env=home(folder, "ana"), encoding="utf-8",
                          timeout=DEADLINE, check=False, **how)
    return done.returncode, done.stderr


def test_a_full_disk_is_said_by_every_command_that_prints(folder, commands):
    with open("/dev/full", "wb") as full:
        for name, arguments in commands.items():
            code, said = run_into(full, arguments, folder)
            assert code == IOERR, f"{name}: {code}, {said!r}"
            assert "Standard output cannot be written (No space left on device)" in said, name
            assert said.count("\n") == 1, f"{name} says more than a sentence: {said!r}"


def test_a_closed_output_is_said_too(folder, commands):
    for name, arguments in commands.items():
        if name == "backup":
            (folder / "copy.db").unlink(missing_ok=True)
        code, said = run_into(None, arguments, folder, preexec_fn=lambda: os.close(1))
        assert code == IOERR, f"{name}: {code}, {said!r}"
        assert "Standard output cannot be written (Bad file descriptor)" in said, name


def test_a_reader_who_has_left_is_no_failure(folder, commands):
    for name, arguments in commands.items():
        read, write = os.pipe()
        os.close(read)
        if name == "backup":
            (folder / "copy.db").unlink(missing_ok=True)
        code, said = run_into(write, arguments, folder)
        os.close(write)
        assert (code, said) == (0, ""), f"{name}: {code}, {said!r}"


def test_a_log_longer_than_the_disk_has_room_for_ends_with_a_sentence(folder, data, server):
    text = "x" * 1000
    lines = "".join(f"{text}\n" for _ in range(200))
    subprocess.run(palabre("send", f"127.0.0.1:{server.port}"), input=lines.encode(), check=True,
                   env=home(folder, "ana"), timeout=DEADLINE)
    file = folder / "log.json"

    def limit():  # as a disk of 64 KiB
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    with open(file, "wb") as output:
        code, said = run_into(output, ("log", "lobby", "--json", "--data", data), folder,
                              preexec_fn=limit)
    assert code == IOERR, said
    assert "File too large" in said


@pytest.mark.parametrize("kind", ["tail", "log"])
def test_a_reader_who_goes_while_nothing_is_said_ends_it(folder, data, server, kind):
    """`tail --follow | head -1` must not wait for the next message."""
    at = f"127.0.0.1:{server.port}"
    subprocess.run(palabre("send", at, "hello"), check=True, env=home(folder, "ana"),
                   timeout=DEADLINE)
    arguments = {"tail": ("tail", at, "--follow"),
                 "log": ("log", "lobby", "--follow", "--data", data)}[kind]
    with subprocess.Popen(palabre(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=home(folder, "kofi")) as process:
        assert b"hello" in process.stdout.readline()
        process.stdout.close()
        eventually(lambda: process.poll() is not None, f"{kind} has ended")
        assert (process.returncode, at_home(process.stderr.read().decode())) == (0, "")
