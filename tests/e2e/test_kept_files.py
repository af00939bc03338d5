"""The files of what is kept, when somebody has been at them: gone, empty, linked, replaced, rotten; and
the commands that look at them, asked for what is not there.
"""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from palabre import CLOSING, DEADLINE, ROOT, Guest, Server, palabre, readable, run


def kept(server, *texts):
    """A guest who has said them, as the first messages of the lobby."""
    a, = server.guests(1)
    a.says("/ack on")
    a.told("Numbers are on", "kept")
    for number, text in enumerate(texts, 1):
        a.says(text)
        a.hears(f"#{number}")
    return a


def refusal(data):
    """What a server says that does not start: one line; and its exit code."""
    code, _, errors = run("serve", "--port", 0, "--data", data, "--control", data.parent / "c",
                          "--log-level", "error")
    assert code != 0 and errors.count("\n") == 1, errors
    return code, errors


# ------------------------------------------------------------------------------- gone, empty, linked


@pytest.fixture
def killed(data):
    """The store that a killed server has left."""
    with Server("--data", data) as server:
        kept(server, "one", "two").hang_up()
        server.process.kill()
        server.process.communicate()
    assert (data / "palabre.db-wal").stat().st_size > 0
    return data / "palabre.db"


@pytest.mark.parametrize("spoil, words", [
    (lambda file: file.unlink(), "is gone"),
    (lambda file: file.write_bytes(b""), "is empty"),
])
def test_a_store_that_is_gone_from_beside_its_log_is_never_begun_anew(data, killed, spoil, words):
    spoil(killed)
    log = (data / "palabre.db-wal").read_bytes()
    code, errors = refusal(data)
    assert code == 65 and words in errors and "restore a backup" in errors, errors
    assert (data / "palabre.db-wal").read_bytes() == log
    code, _, errors = run("log", "lobby", "--data", data)
    assert code == 65 and words in errors, errors


def test_a_store_that_is_emptied_is_not_taken_for_a_new_one(data):
    with Server("--data", data) as server:
        kept(server, "one").hang_up()
    (data / "palabre.db").write_bytes(b"")
    code, errors = refusal(data)
    assert code == 65 and "is empty" in errors, errors
    (data / "palabre.db").unlink()
    with Server("--data", data) as server:
        kept(server, "anew").hang_up()


def test_a_link_to_a_store_is_refused(data):
    with Server("--data", data) as server:
        kept(server, "one").hang_up()
    elsewhere = data.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "palabre.db").symlink_to(data / "palabre.db")
    code, errors = refusal(elsewhere)
    assert code == 78 and "is a link" in errors, errors
    code, _, errors = run("check", "--data", elsewhere)
    assert code == 78 and "is a link" in errors, errors


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_server_whose_file_is_taken_away_ends_and_says_why(data, is_replaced):
    with Server("--data", data) as server:
        kept(server, "one").hang_up()
        (data / "palabre.db").rename(data / "aside")
        if is_replaced:
            shutil.copy(data / "aside", data / "palabre.db")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as author:
            author.connect(("127.0.0.1", server.port))
            end = time.monotonic() + DEADLINE
            while server.process.poll() is None and time.monotonic() < end:  # it looks once a second
                with contextlib.suppress(ConnectionRefusedError):
                    author.send(b"two\n")
                    readable(author, time.monotonic() + 0.05)
        assert server.process.returncode == 74
        assert "removed or replaced" in server.log(), server.log()


# -------------------------------------------------------------------------------------------- rotten


def test_a_rotten_id_is_refused_in_words_and_ends_nobody(data):
    with Server("--data", data) as server:
        a = Guest(server.port).comes_online()
        a.says("/post build-7 one")
        a.hears("#1 build-7")
    a.hears(CLOSING)
    with contextlib.closing(sqlite3.connect(data / "palabre.db")) as store:
        store.execute("UPDATE posted SET number = 3")
        store.commit()
    with Server("--data", data) as server:
        a.server_port = server.port
        a.writes_to("127.0.0.1")
        a.says("/post build-7 one")
        a.told("Welcome")
        a.told("Not sent build-7: what was kept under this ID is damaged. Use another ID.")
        a.says("/post build-8 two")
        a.hears("#2 build-8")
    a.hang_up()
    code, output, _ = run("check", "--data", data)
    assert code == 65 and "id build-7" in output, output


def test_damage_is_no_reason_to_start_again():
    unit = (ROOT / "packaging/systemd/palabre.service").read_text()
    assert "65" in re.search(r"^RestartPreventExitStatus=(.*)$", unit, re.MULTILINE)[1].split()


# ------------------------------------------------------------------------------------------ commands


@pytest.mark.parametrize("arguments, code, words", [
    (["--from", "-1"], 64, ["--from -1", "number"]),
    (["--from", "1" + "0" * 30], 64, ["number"]),
    (["--from", "two"], 64, ["--from two", "number"]),
    (["--from", "0"], 64, ["--from 0", "number"]),
    (["--from", "3"], 0, ["the last is #2"]),
    (["--since", "2026-02-31"], 64, ["--since 2026-02-31"]),
])
def test_what_a_log_cannot_begin_with_is_said(data, server, arguments, code, words):
    kept(server, "one", "two")
    got, output, errors = run("log", "lobby", "--data", data, *arguments)
    assert (got, output) == (code, "") and errors.count("\n") == 1, errors
    for word in words:
        assert word in errors


def test_of_many_rooms_some_are_named_where_another_is_asked_for(data, server):
    a, = server.guests(1)
    for number in range(30):
        a.says(f"/join room{number:02}")
        a.told("You are in")
        a.says("/post %d x" % number)
        a.hears(f"#1 {number}")
    code, _, errors = run("log", "nowhere", "--data", data)
    assert code == 67 and errors.endswith("room19 and 10 more.\n"), errors


def test_what_may_not_be_read_is_not_said_to_be_missing(data, server):
    kept(server, "one")
    nobody = ["setpriv", "--reuid", "64321", "--regid", "64321", "--clear-groups"] \
        if os.geteuid() == 0 else []
    if not nobody:
        data.chmod(0)
    try:
        for command in (["log", "lobby"], ["check"], ["backup", "/nowhere/copy"]):
            done = subprocess.run([*nobody, *palabre(*command, "--data", data)],
                                  capture_output=True, timeout=DEADLINE, encoding="utf-8")
            assert done.returncode == 77 and "may not be read" in done.stderr, done.stderr
    finally:
        if not nobody:
            data.chmod(0o700)


def test_a_follower_ends_when_the_file_is_replaced(data, server):
    kept(server, "one")
    follower = subprocess.Popen(palabre("log", "lobby", "--data", data, "--follow"),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        assert follower.stdout.readline().endswith("> one\n")
        (data / "palabre.db").rename(data / "aside")
        shutil.copy(data / "aside", data / "palabre.db")
        _, errors = follower.communicate(timeout=DEADLINE)
        assert follower.returncode == 69 and "removed or replaced" in errors, errors
        (data / "aside").rename(data / "palabre.db")
    finally:
        with contextlib.suppress(ProcessLookupError):
            follower.send_signal(signal.SIGKILL)
        follower.wait()


# ------------------------------------------------------------------------------------------- backups


def test_a_backup_that_is_cut_off_leaves_nothing_under_its_name_and_the_next_succeeds(data, server):
    a = kept(server, "one")
    for number in range(2, 101):
        a.says("x" * 1000)
        a.hears(f"#{number}")
    copy = data.parent / "copy"
    copy.mkdir()
    backup = palabre("backup", copy / "palabre.db", "--data", data)
    too_big = subprocess.run(backup, capture_output=True, timeout=DEADLINE,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000,) * 2))
    assert too_big.returncode == 74 and b"ulimit -f" in too_big.stderr, too_big
    assert not list(copy.iterdir())
    # Killed at its fifth write.
    subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=pwrite64:signal=SIGKILL:when=5", *backup],
                   capture_output=True, timeout=DEADLINE)
    left = [path.name for path in copy.iterdir()]
    assert left and all(name.startswith("palabre.db.part") for name in left), left
    code, output, errors = run("backup", copy / "palabre.db", "--data", data)
    assert code == 0 and "is copied to" in output, errors
    assert [path.name for path in copy.iterdir()] == ["palabre.db"]
    code, output, _ = run("check", "--data", copy)
    assert code == 0 and "100 messages in 1 room" in output, output


def test_a_backup_of_a_damaged_store_blames_the_store(data):
    with Server("--data", data) as server:
        kept(server, "one").hang_up()
    file = data / "palabre.db"
    size = file.stat().st_size
    with file.open("r+b") as pages:
        pages.seek(4096)
        pages.write(b"\xff" * (size - 4096))
    copy = data.parent / "copy.db"
    code, _, errors = run("backup", copy, "--data", data)
    assert code == 65 and f"{file} cannot be read" in errors and errors.count("\n") == 1, errors
    assert not list(data.parent.glob("copy*"))
