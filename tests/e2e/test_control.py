"""The operator's commands, through the control socket of a running `palabre serve`.

Some tests need a second user, and so root: they are left out where the tests are somebody's own.
"""

import contextlib
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from palabre import DEADLINE, LOG_LINE, Server, asks, palabre, run

SOMEBODY_ELSE = 54321  # a user that there is not, and that nothing of ours runs as
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def folder():
    """One that the server may clean up in, also after it has given up being root."""
    with tempfile.TemporaryDirectory(prefix="palabre-") as name:
        os.chmod(name, 0o777)
        yield Path(name)


def fails(server, *arguments):
    """The exit code and the one sentence of what does not."""
    code, output, errors = run(*arguments, "--control", server.control)
    assert output == "" and errors.startswith("palabre: ") and errors.count("\n") == 1, errors
    return code, errors


def named(server, nick):
    guest = server.guest().comes_online()
    guest.says(f"/nick {nick}")
    guest.told(f"You are {nick}*")
    return guest


class Client:
    """A bare connection to a control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))  # waits its turn, as a client does
        self.socket.settimeout(DEADLINE)

    def hears(self):
        """Everything until the server closes."""
        heard = b""
        with contextlib.suppress(ConnectionResetError):  # something was left unread
            while bit := self.socket.recv(65536):
                heard += bit
        return heard.decode()

    def asks(self, request):
        with contextlib.suppress(BrokenPipeError):
            self.socket.sendall(request)
        return self.hears()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


# ------------------------------------------------------------------------------- what they do


def test_who_lists_who_is_online_and_where(server):
    assert asks(server, "who") == "0 guests online\n"
    a, b = named(server, "awa"), server.guest().comes_online()
    b.says("/join ops")
    b.told("You are in ops")
    head, first, second, foot = asks(server, "who").splitlines()
    assert head.split() == ["address", "silent", "rooms", "shown", "as"]
    assert first.split() == [a.name, "0s", "lobby", "awa*"]
    assert second.split() == [b.name, "0s", "ops", b.name]
    assert foot == "2 guests online"
    in_ops = asks(server, "who", "#OPS")
    assert b.name in in_ops and a.name not in in_ops and in_ops.endswith("1 guest in ops\n")


def test_a_guest_that_is_kicked_is_told_and_may_come_back(server):
    a, b = named(server, "awa"), server.guest().comes_online()
    for target in ("awa", "awa*", a.name, a.name[1:-1]):
        assert a.name in asks(server, "kick", target)
        a.told("You were shown the door")
        b.says("/who")
        b.told("1 here:")
        a.says("me again")
        a.told("Welcome back", "awa*")
        b.hears("awa*> me again")


def test_a_guest_that_is_muted_reads_and_is_not_heard_though_it_leaves_and_comes_back(server):
    a, b = named(server, "awa"), server.guest().comes_online()
    assert "for 1h" in asks(server, "mute", "awa", "--for", "1h")
    a.says("one")
    a.told("you are muted")
    b.says("do you read?")
    a.hears(f"{b.name}> do you read?")
    asks(server, "kick", "awa")
    a.told("shown the door")
    a.says("two")
    a.told("Welcome back", "awa*")
    a.told("you are muted")
    b.says("/who")
    b.told("2 here:")


def test_a_banned_address_is_out_with_everybody_behind_it_and_nobody_else(server):
    a, twin, other = named(server, "awa"), server.guest(), server.guest("::1")
    twin.comes_online()
    other.comes_online()
    answer = asks(server, "ban", "127.0.0.1", "--for", "2h")
    assert "127.0.0.1 is banned for 2h" in answer and a.name in answer and twin.name in answer
    for guest in (a, twin):
        guest.told("shown the door")
        guest.says("let me in")
    other.says("/who")
    other.told(f"1 here: {other.name}")
    assert "1h 59m  127.0.0.1" in asks(server, "stats")
    asks(server, "unban", "127.0.0.1")
    a.says("thanks")
    a.told("Welcome back")
    other.hears("awa*> thanks")


def test_a_ban_of_a_guest_is_one_of_its_address(server):
    a = named(server, "awa")
    asks(server, "ban", "awa")
    a.told("shown the door")
    late = server.guest()
    late.says("let me in")
    assert "9m" in asks(server, "stats") and asks(server, "who") == "0 guests online\n"


def test_a_frozen_room_is_read_and_not_written(server):
    a, b = server.guests(2)
    asks(server, "freeze", "lobby")
    a.says("one")
    a.told("for reading only")
    assert "lobby, for reading only" in asks(server, "stats")
    asks(server, "freeze", "lobby", "--off")
    a.says("two")
    b.hears(f"{a.name}> two")


def test_a_room_is_frozen_also_where_nobody_is_in_it(server):
    assert "until palabre freeze ops --off" in asks(server, "freeze", "ops")
    assert "ops, for reading only" in asks(server, "stats")
    for _ in range(2):  # it outlives its last reader
        guest = server.guest()
        guest.says("/join ops")
        guest.told("Welcome")
        guest.told("You are in ops")
        guest.says("hello")
        guest.told("for reading only")
        guest.says("/quit")
        guest.told("Goodbye")


def test_stats_tells_datagrams_guests_and_rooms(server):
    a, b = server.guests(2)
    b.says("/join ops")
    b.told("You are in ops")
    told = asks(server, "stats")
    for words in ("datagrams so far:", "             3  received", "guests online: 2", "rooms: 2",
                  "             1  lobby", "             1  ops"):
        assert words in told, words


def test_an_invite_is_a_link_and_its_secret_is_not_logged(server):
    link, words = asks(server, "invite", "ops", "--uses", 3, "--host", "chat.example").splitlines()
    place, pin, invite = re.fullmatch("(.*)#pin=([A-Za-z0-9_-]{43}),invite=([A-Za-z0-9_-]{22})",
                                      link).groups()
    assert place == f"palabre://chat.example:{server.port}/ops"
    server.logs(f"by its pin, {pin}")
    assert "3 members, within 7d" in words
    link = asks(server, "invite", "ops", "--expires", "never").splitlines()[0]
    other = link.split(",invite=")[1]
    assert re.match(rf"palabre://\S+:{server.port}/ops#pin={pin},", link) and other != invite, link
    log = server.logs("may enter ops", 2)
    assert log.count("may enter ops") == 2
    assert invite not in log and other not in log


def test_the_log_has_what_operators_did_and_not_what_they_asked(server):
    named(server, "awa")
    for command in (["who"], ["stats"], ["mute", "awa"], ["ban", "10.0.0.7"]):
        asks(server, *command)
    lines = server.logs("10.0.0.7 is banned").splitlines()
    log = [line.split("operator: ")[1] for line in lines if "operator" in line]
    assert len(log) == 2 and "muted" in log[0] and log[1] == "10.0.0.7 is banned for 10m."


# -------------------------------------------------------------------------- what they are told


@pytest.mark.parametrize("arguments, code", [
    (["kick", "nobody-here"], 67), (["mute", "[127.0.0.1:9]"], 67), (["ban", "nobody-here"], 67),
    (["unban", "10.0.0.7"], 67), (["who", "nowhere"], 67),
    (["kick", "127.0.0.1"], 64), (["unban", "awa"], 67), (["freeze", "bad name!"], 64),
    (["invite", "bad name!"], 64), (["invite", "ops", "--host", "a/b"], 64),
    (["invite", "ops", "--expires", "soon"], 64), (["invite", "ops", "--uses", "0"], 64),
    (["mute", "awa", "--for", "soon"], 64), (["ban", "10.0.0.7", "--for", "366d"], 64),
    (["kick", "a\nban 600 10.0.0.7"], 64), (["kick", "x" * 600], 64), (["kick", "\x1b[2J"], 67),
], ids=lambda value: " ".join(value)[:30].encode("unicode_escape").decode()
   if isinstance(value, list) else str(value))
def test_what_cannot_be_done_is_told_in_a_sentence(server, arguments, code):
    told = fails(server, *arguments)
    assert told[0] == code, told
    assert "\x1b" not in told[1]
    assert "banned" not in asks(server, "stats").split("rooms:")[1]


@pytest.mark.parametrize("command", ["who", "kick", "mute", "ban", "unban", "unmute", "freeze",
                                     "slow", "delete", "expel", "decisions", "undo", "invite",
                                     "revoke", "stats"])
def test_every_help_has_an_example(command):
    code, output, errors = run(command, "--help")
    assert (code, errors) == (0, "")
    assert "Example" in output and f"palabre {command}" in output and "--control PATH" in output


def test_where_no_server_is_that_is_told(folder):
    code, output, errors = run("who", "--control", folder / "control")
    assert (code, output) == (69, "") and "palabre serve" in errors and "--control" in errors


def test_a_server_that_does_not_answer_is_not_waited_for_without_end(server):
    with server.paused():
        code, _, errors = run("who", "--control", server.control)
    assert code == 75 and "held up" in errors


def test_they_look_where_the_server_opens_it(folder):
    environment = {"XDG_RUNTIME_DIR": str(folder), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(palabre("serve", "--port", 0, "--memory"), env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert b"Palabre listens" in process.stdout.readline()
        assert stat.S_IMODE((folder / "palabre").stat().st_mode) == 0o700
        done = subprocess.run(palabre("who"), env=environment, capture_output=True,
                              timeout=DEADLINE)
        assert done.stdout == b"0 guests online\n", done.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)


# ---------------------------------------------------------------------------------- the socket


def test_the_socket_is_its_owners_alone_and_gone_at_the_end(folder):
    path = folder / "control"
    with Server("--control", path):
        found = path.stat()
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
    assert not path.exists()


def test_a_dead_servers_socket_is_replaced(folder):
    path = folder / "control"
    with Server("--control", path) as first:
        first.process.kill()
        first.process.communicate()
    assert path.exists()
    with Server("--control", path):
        assert run("who", "--control", path)[0] == 0


def test_a_living_servers_socket_is_left_to_it(folder):
    path = folder / "control"
    with Server("--control", path) as first:
        first.guests(1)
        with Server("--control", path) as second:
            second.guests(2)
            assert "warning" in second.logs(f"another server answers at {path}")
            assert run("who", "--control", path)[1].endswith("1 guest online\n")
        assert run("who", "--control", path)[0] == 0


@pytest.mark.parametrize("path", ["/proc/palabre/control", "/nowhere/palabre/control", "x" * 120])
def test_a_server_serves_where_it_can_have_no_control_socket(path):
    with Server("--control", path) as server:
        server.logs("no control socket")
        a, b = server.guests(2)
        a.says("salut !")
        b.hears(f"{a.name}> salut !")


def test_a_file_of_somebodys_is_left_alone(folder):
    path = folder / "control"
    path.write_text("mine")
    with Server("--control", path) as server:
        server.logs("no socket")
    assert path.read_text() == "mine"


@needs_root
def test_another_user_cannot_reach_it(folder):
    path = folder / "control"
    with Server("--control", path):
        done = subprocess.run(palabre("who", "--control", path), user=SOMEBODY_ELSE,
                              capture_output=True, timeout=DEADLINE, encoding="utf-8")
        assert done.returncode == 77 and "try sudo" in done.stderr, done


@needs_root
def test_another_user_is_refused_though_the_file_lets_it_in(folder):
    path = folder / "control"
    with Server("--control", path) as server:
        path.chmod(0o666)
        server.guests(1)
        done = subprocess.run(palabre("ban", "127.0.0.1", "--control", path), user=SOMEBODY_ELSE,
                              capture_output=True, timeout=DEADLINE, encoding="utf-8")
        assert done.returncode == 77 and "Only root" in done.stderr, done
        assert run("who", "--control", path)[1].endswith("1 guest online\n")


@needs_root
def test_a_server_of_an_ordinary_user_hears_it_and_root(folder):
    path = folder / "control"
    process = subprocess.Popen(palabre("serve", "--port", 0, "--memory", "--control", path),
                               user=SOMEBODY_ELSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert b"Palabre listens" in process.stdout.readline()
        assert path.stat().st_uid == SOMEBODY_ELSE
        for user in (0, SOMEBODY_ELSE):
            done = subprocess.run(palabre("who", "--control", path), user=user,
                                  capture_output=True, timeout=DEADLINE, encoding="utf-8")
            assert done.stdout == "0 guests online\n", done
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
    assert not path.exists()


# ------------------------------------------------------------------------------- what it takes


@pytest.mark.parametrize("request_line", [b"\n", b"who \n", b"whoops\n", b"\0\xff\x1b[2J\n",
                                          b"ban 0 10.0.0.7\n", b"mute -1 awa\n", b"GET / HTTP/1.1\r\n"])
def test_what_is_no_request_is_refused(server, request_line):
    with Client(server.control) as client:
        assert client.asks(request_line).startswith("64 ")
    assert asks(server, "who") == "0 guests online\n"


@pytest.mark.parametrize("size", [512, 513, 100_000, 10_000_000])
def test_what_is_too_long_is_refused_without_being_read(server, size):
    with Client(server.control) as client:
        assert client.asks(b"kick " + b"x" * size).startswith("65 ")
    assert asks(server, "who") == "0 guests online\n"


def test_a_request_may_come_bit_by_bit_and_only_the_first_counts(server):
    with Client(server.control) as client:
        client.socket.sendall(b"wh")
        assert client.asks(b"o\nban 600 127.0.0.1\n") == "0 15\n0 guests online"
    assert "banned:" not in asks(server, "stats")


def test_who_goes_before_the_answer_harms_nobody(server):
    server.guests(300)
    for _ in range(50):
        with Client(server.control) as client:
            client.socket.sendall(b"who\n")
    assert asks(server, "who").endswith("300 guests online\n")


def test_who_says_nothing_hinders_neither_the_guests_nor_who_comes_later(server):
    a, b = server.guests(2)
    with contextlib.ExitStack() as silent:
        clients = [silent.enter_context(Client(server.control)) for _ in range(100)]
        a.says("salut !")
        b.hears(f"{a.name}> salut !")
        assert asks(server, "who").endswith("2 guests online\n")
        descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd")) if os.geteuid() == 0 else 0
        assert descriptors < 40
        for client in clients:  # those that had to go at once, the others after their 5 seconds
            assert client.hears() == ""


def test_who_says_nothing_does_not_keep_the_server_from_ending(server):
    with contextlib.ExitStack() as silent:
        for _ in range(20):
            silent.enter_context(Client(server.control))
        asks(server, "who")
        took, _ = server.end()
    assert took < 2
    assert all(LOG_LINE.fullmatch(line) for line in server.log().splitlines())
