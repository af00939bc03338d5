"""After an attack: all that somebody has done is taken back, members and rooms are forgotten."""

import contextlib
import signal
import subprocess

from members import eventually, home
from palabre import DEADLINE, Server, asks, palabre, run
from screen import Screen

SECRET = "XYZZYSECRET"


def sends(folder, name, server, room, text, nick=None):
    """A member's `palabre send`, which must succeed. `name`: of its home folder, with its key."""
    done = subprocess.run(palabre("send", f"127.0.0.1:{server.port}/{room}", text, "--nick",
                                  nick or name, "--timeout", "5"),
                          env=home(folder, name), capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    assert done.returncode == 0, done.stderr


def log_of(data, room):
    code, output, errors = run("log", room, "--data", data)
    assert (code, errors) == (0, ""), errors
    return output


def has(data, word):
    return any(word.encode() in file.read_bytes() for file in data.iterdir() if file.is_file())


def expect_nothing_of_mallory(data, server):
    for room in ("lobby", "den", "tea"):
        assert SECRET not in log_of(data, room)
    assert "kept" in log_of(data, "lobby")
    assert "mallory" not in asks(server, "members") and "max" not in asks(server, "members")
    assert "ban of bob" not in "\n".join(line for line in asks(server, "decisions").splitlines()
                                         if ", over" not in line)
    assert "mallory" not in asks(server, "rooms") and SECRET not in asks(server, "rooms")
    eventually(lambda: not has(data, SECRET), "no byte of it is in the files")


def test_all_that_a_member_did_is_taken_back_and_nothing_of_others(folder):
    data = folder / "data"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server("--data", data))
        sends(folder, "ana", server, "lobby", "kept")
        for room in ("lobby", "tea"):
            sends(folder, "mallory", server, room, SECRET)
        with Screen(folder, "mallory", f"127.0.0.1:{server.port}/den") as mallory, \
                Screen(folder, "bob", f"127.0.0.1:{server.port}/lobby") as bob:
            bob.shows("^lobby")
            mallory.shows("^den")
            mallory.says(SECRET)
            mallory.shows("#1")
            mallory.says(f"/topic {SECRET}")
            mallory.says("/ban bob --for 1h")
            mallory.shows("bob is banned in den for 1h.")
            mallory.says("/nick max")
            mallory.shows("max")
            eventually(lambda: "max" in asks(server, "members"), "mallory is max")
            assert "max" in asks(server, "rooms", "--by", "max")
            done = asks(server, "undo", "--by", "max", "--since", "1h", "--why", "a flood")
            assert "3 messages in 3 rooms, 1 decision, 1 topic, 2 founded rooms and " \
                "1 registration" in done, done
            mallory.shows("You are no longer a member of this server. a flood")
            bob.says("/join den")
            bob.shows("^den")
        expect_nothing_of_mallory(data, server)
        assert "undo of everything by" in asks(server, "decisions")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with Server("--data", data) as server:
        expect_nothing_of_mallory(data, server)
        assert "a flood" in asks(server, "decisions")
        sends(folder, "newcomer", server, "lobby", "I am new", nick="max")
        assert "max" in asks(server, "members")


def test_members_and_rooms_are_forgotten(folder):
    data = folder / "data"
    with Server("--data", data) as server:
        sends(folder, "awa", server, "ops", "first")
        sends(folder, "ana", server, "ops", "second")
        assert "awa" in asks(server, "rooms", "--by", "awa")
        assert "2 members" in asks(server, "members", "--since", "1h")
        assert "awa is no member any more" in asks(server, "forget", "awa")
        assert "1 member" in asks(server, "members")
        assert "first" in log_of(data, "ops"), "its messages stay"
        assert "ops is forgotten: 2 messages in 1 room" in asks(server, "forget", "/ops")
        log = log_of(data, "ops")
        assert "first" not in log and "second" not in log
        sends(folder, "ana", server, "ops", "third")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with Server("--data", data) as server:
        assert "1 member" in asks(server, "members")
        log = log_of(data, "ops")
        assert "first" not in log and "third" in log
        sends(folder, "awa", server, "ops", "again")
