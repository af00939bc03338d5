"""Decisions of operators: given in a chat and on the machine, kept, listed, taken back."""

import contextlib
import signal
import subprocess

from members import home
from palabre import DEADLINE, Server, asks, palabre
from screen import Screen


def killed(server):
    """As by kill -9."""
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def sends(folder, name, server):
    """The exit code and the standard error of a member's `palabre send`."""
    done = subprocess.run(palabre("send", f"127.0.0.1:{server.port}/lobby", "here", "--nick", name,
                                  "--timeout", "5"),
                          env=home(folder, name), capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    return done.returncode, done.stderr


def test_everything_that_was_decided_holds_after_kill_9(folder):
    data = folder / "data"
    with Server("--data", data) as server:
        for name in ("ana", "bob"):
            assert sends(folder, name, server)[0] == 0
        asks(server, "ban", "ana", "--for", "1h", "--why", "spam and more")
        asks(server, "ban", "2001:db8::7", "--for", "good")
        asks(server, "mute", "bob")
        asks(server, "freeze", "ops")
        asks(server, "slow", "lobby", "30")
        asks(server, "operator", "add", "bob", "--room", "ops")
        before = asks(server, "decisions")
        killed(server)
    with Server("--data", data) as server:
        after = asks(server, "decisions")
        assert [line.split(",")[0] for line in after.splitlines()] == \
            [line.split(",")[0] for line in before.splitlines()]
        assert "ban of 2001:db8::/64" in after and "spam and more" in after
        code, errors = sends(folder, "ana", server)
        assert code != 0 and "You are banned from this server for" in errors, errors
        assert "spam and more" in errors
        code, errors = sends(folder, "bob", server)
        assert code != 0 and "you are muted" in errors, errors
        guest = server.guest().comes_online()
        guest.says("/join ops")
        guest.told("You are in ops")
        guest.says("one")
        guest.told("this room is for reading only")
        number = next(line.split()[0] for line in after.splitlines() if "ban of ana" in line)
        assert "Taken back: ban of ana." in asks(server, "undo", number)
        asks(server, "unmute", "bob")
        assert sends(folder, "ana", server)[0] == 0 and sends(folder, "bob", server)[0] == 0
        killed(server)
    with Server("--data", data) as server:
        assert sends(folder, "ana", server)[0] == 0


def test_the_member_who_makes_a_room_decides_in_it(folder):
    with Server("--data", folder / "data") as server:
        with contextlib.ExitStack() as screens:
            ana = screens.enter_context(Screen(folder, "ana", f"127.0.0.1:{server.port}/den"))
            ana.shows("den: nobody else is here")
            bob = screens.enter_context(Screen(folder, "bob", f"127.0.0.1:{server.port}/den"))
            bob.shows("den: 1 other is here")
            ana.says("mine")
            bob.shows("ana: mine")
            bob.says("/mute ana")
            bob.shows("^-- /mute is for operators: /operators lists them.")
            bob.says("/operators")
            bob.shows("operator ana in den")
            ana.says("/slow 600 --why too much noise")
            bob.shows("^-- den is slow now: one message each 600 s.")
            bob.says("one")
            bob.shows("#2")
            bob.says("two")
            bob.shows("one message each 600 s here; you may go on in")
            ana.says("/kick bob --why enough")
            ana.shows("^-- bob was put out of den and may come back.")
            bob.shows("An operator has put you out of den. Reason: enough")
            ana.says("/ban bob")
            ana.shows("^-- bob is banned in den for 10m.")
            bob.says("/join den")
            bob.shows("You are banned from den for")
            ana.says("/decisions")
            ana.shows("ban of bob in den, by ana")
            ana.says("/ban bob --off")
            ana.shows("^-- bob is no longer banned in den.")
            bob.says("/join den")
            bob.shows("^den")


def test_an_operator_of_the_server_decides_everywhere_until_dismissed(folder):
    with Server("--data", folder / "data") as server:
        with Screen(folder, "ana", f"127.0.0.1:{server.port}/lobby") as ana, \
                Screen(folder, "bob", f"127.0.0.1:{server.port}/lobby") as bob:
            bob.shows("^lobby>")
            ana.says("/ban bob")
            ana.shows("^-- /ban is for operators")
            assert "ana is an operator of the server" in asks(server, "operator", "add", "ana")
            ana.says("/ban bob --for 1h --why advertising")
            ana.shows("^-- bob is banned for 1h.")
            bob.shows("You were shown the door, and are banned. advertising")
            assert "operator ana" in asks(server, "operator", "list")
            asks(server, "operator", "remove", "ana")
            ana.says("/unban bob")
            ana.shows("^-- /unban is for operators")
            assert "no longer banned" in asks(server, "unban", "bob")
