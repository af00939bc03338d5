"""What a member sees: `palabre send`, `tail` and `chat`, against a real server; chat in a real terminal."""

import contextlib
import itertools
import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from palabre import at_home, DEADLINE, Server, palabre, readable
from screen import Screen


class Member:
    """Somebody with a home of their own."""

    def __init__(self, home, account):
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "USER": account,
                            "LC_ALL": "C.UTF-8", "TERM": "screen"}

    def run(self, *arguments, says=""):
        """Exit code, standard output, standard error."""
        done = subprocess.run(palabre(*arguments), input=says, capture_output=True,
                              timeout=DEADLINE, encoding="utf-8", env=self.environment)
        return done.returncode, done.stdout, at_home(done.stderr)


@pytest.fixture
def awa(tmp_path):
    return Member(tmp_path / "awa", "awa")


@pytest.fixture
def kofi(tmp_path):
    return Member(tmp_path / "kofi", "kofi")


def at(server, room="ops"):
    return f"127.0.0.1:{server.port}/{room}"


def texts(member, server, *flags):
    code, output, errors = member.run("tail", at(server), "--json", *flags)
    assert code == 0 and errors in ("", "palabre: Nothing is in ops yet.\n"), errors
    return [json.loads(line)["text"] for line in output.splitlines()]


# ------------------------------------------------------------------------------- send and tail


def test_what_is_sent_is_kept_and_numbered(server, awa, kofi):
    assert awa.run("send", at(server), "hello") == (0, "", "")
    assert awa.run("send", at(server), says="one\n\ntwo\n") == (0, "", "")
    assert awa.run("send", at(server), "--multiline", says="a\nb\n") == (0, "", "")
    code, output, errors = kofi.run("tail", at(server))
    assert (code, errors) == (0, "")
    assert [line.split(" ", 2)[2] for line in output.splitlines() if line[0] != " "] == [
        "#1 awa> hello", "#2 awa> one", "#3 awa> two", "#4 awa> a"]
    assert texts(kofi, server, "--from", 2) == ["one", "two", "a\nb"]
    assert texts(kofi, server, "--since", "1h") == ["hello", "one", "two", "a\nb"]


def test_what_a_server_refuses_is_said_and_the_rest_is_kept(server, awa):
    code, output, errors = awa.run("send", at(server), says=f"one\n{'x' * 3000}\ntwo\n")
    assert (code, output) == (65, "")
    assert errors.startswith("palabre: Line 2: Not sent: too long, ")
    assert "1 of the messages was refused, as said above; the others" in errors
    assert texts(awa, server) == ["one", "two"]
    code, _, errors = awa.run("send", at(server), "x" * 3000)
    assert code == 65 and errors.count("\n") == 1 and "too long" in errors
    code, _, errors = awa.run("send", at(server), says=f"{'x' * 3000}\n")
    assert code == 65 and "The only message was refused" in errors


@pytest.mark.parametrize("text", ["x" * 70_000, f"{'x' * 70_000}\nshort\n", "short\n" * 20_000],
                         ids=["one line", "and a short one", "many lines"])
def test_what_is_too_long_for_one_message_is_not_sent_in_part(server, awa, text):
    code, output, errors = awa.run("send", at(server), "--multiline", says=text)
    assert (code, output) == (65, "")
    assert "Nothing was sent" in errors and "more than 16 KiB" in errors
    assert texts(awa, server) == []


def test_with_kept_nothing_is_sent_to_a_room_that_keeps_nothing(awa):
    with Server("--memory") as server:
        guest = server.guest().comes_online()
        guest.says("/join ops")
        guest.told("ops")
        for words in (["hello"], []):
            code, output, errors = awa.run("send", at(server), "--kept", *words, says="a\nb\n")
            assert (code, output) == (69, "") and "nothing was sent" in errors
        assert guest.catches_up() == []


def test_with_kept_all_is_sent_to_a_room_that_keeps_it(server, awa):
    assert awa.run("send", at(server), "--kept", "hello") == (0, "", "")
    assert awa.run("send", at(server), "--kept", says="a\nb\n") == (0, "", "")
    assert texts(awa, server) == ["hello", "a", "b"]


def test_more_to_send_is_no_progress(data, awa):
    with Server("--data", data) as server:
        target = at(server)
    sender = subprocess.Popen(palabre("send", target, "--wait", "--timeout", 1),
                              stdin=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              env=awa.environment)
    end = time.monotonic() + DEADLINE
    with contextlib.suppress(BrokenPipeError):
        while sender.poll() is None and time.monotonic() < end:
            sender.stdin.write("again\n")
            sender.stdin.flush()
            time.sleep(0.2)  # as somebody writes who is slower than its patience
    try:
        assert sender.poll() == 75 and "No answer for 1 s" in sender.stderr.read()
    finally:
        sender.kill()
        with contextlib.suppress(BrokenPipeError):
            sender.communicate()


def test_what_tail_cannot_write_is_an_error_and_a_reader_that_goes_is_none(server, awa):
    awa.run("send", at(server), says="a\n" * 3000)
    with open("/dev/full", "w") as full:
        done = subprocess.run(palabre("tail", at(server)), stdout=full, stderr=subprocess.PIPE,
                              timeout=DEADLINE, encoding="utf-8", env=awa.environment)
    assert done.returncode == 74 and "Standard output cannot be written" in done.stderr
    tail = subprocess.Popen(palabre("tail", at(server), "--from", 1), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=awa.environment)
    tail.stdout.read(1)
    tail.stdout.close()
    with tail.stderr:
        assert (tail.wait(DEADLINE), tail.stderr.read()) == (0, b"")


def test_a_room_with_nothing_in_it_is_said_to_have_nothing(server, awa):
    assert awa.run("tail", at(server, "nosuch")) == (0, "", "palabre: Nothing is in nosuch yet.\n")


def test_a_nickname_that_is_not_taken_is_said_to_be_ignored(server, awa):
    assert awa.run("send", at(server), "--nick", "awa", "hello") == (0, "", "")
    for command in (["send", at(server), "again"], ["tail", at(server)]):
        code, _, errors = awa.run(*command, "--nick", "zoe")
        assert code == 0 and errors.startswith("palabre: Your key is awa here already, and --nick zoe")
    code, output, errors = awa.run("chat", at(server), "--nick", "zoe", says="hello\n")
    assert code == 0 and "awa here already" in output + errors


def test_a_memory_room_promises_nothing(awa):
    with Server("--memory") as server:
        assert awa.run("send", at(server), says="a\nb\n") == (0, "#1, not kept\n#2, not kept\n", "")
        code, _, errors = awa.run("send", at(server), "--kept", "c")
        assert code == 69 and "keeps nothing" in errors


def test_a_nickname_has_one_owner(server, awa, tmp_path):
    assert awa.run("send", at(server), "first")[0] == 0
    other = Member(tmp_path / "other", "awa")
    code, _, errors = other.run("send", at(server), "--nick", "awa", "me too")
    assert code == 77 and "--nick" in errors
    assert other.run("send", at(server), "me too")[0] == 0
    authors = [line.split()[3] for line in awa.run("tail", at(server))[1].splitlines()]
    assert authors[0] == "awa>" and authors[1].startswith("awa-")


def test_a_server_with_another_pin_is_refused(server, awa):
    assert awa.run("send", at(server), "hello")[0] == 0
    known = Path(awa.environment["HOME"], ".config/palabre/known_servers")
    known.write_text(known.read_text().rsplit(" ", 1)[0] + " " + "A" * 43 + "\n")
    code, output, errors = awa.run("send", at(server), "hello")
    assert (code, output) == (77, "")
    assert "not the one that you know" in errors and str(known) in errors


def sent_to_nobody():
    """Datagrams that came to ports of this network where nobody listens."""
    names, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Udp:"))
    return int(dict(zip(names, values))["NoPorts"])


def is_own_network():
    """Whether there is none but this test in it."""
    return [line.split(":")[0].strip()
            for line in Path("/proc/net/dev").read_text().splitlines()[2:]] == ["lo"]


def test_where_nobody_listens_it_says_so_at_once(data, awa):
    with Server("--data", data) as server:
        target = at(server)
    for command in (["send", target, "hello"], ["tail", target]):
        before = sent_to_nobody()
        code, output, errors = awa.run(*command)
        assert (code, output) == (69, "") and "Nobody listens" in errors
        if is_own_network():
            assert sent_to_nobody() - before == 1, "the first refusal is enough"


def test_where_nothing_answers_it_says_so_after_four_attempts_at_most(awa):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        code, _, errors = awa.run("send", f"127.0.0.1:{silent.getsockname()[1]}/ops", "hello")
        assert code == 69 and "UDP port" in errors
        attempts = set()  # each has a socket of its own; they begin a second apart
        while readable(silent, 0):
            attempts.add(silent.recvfrom(65536)[1])
    assert 1 <= len(attempts) <= 4


def test_a_server_killed_again_and_again_costs_nothing(data, awa, kofi):
    count = 4000
    server = Server("--data", data)
    flags = ("--data", data, "--port", server.port)
    target = at(server)
    follower = subprocess.Popen(palabre("tail", target, "--from", 1, "--follow", "--json"),
                                stdout=subprocess.PIPE, encoding="utf-8", env=kofi.environment)
    sender = subprocess.Popen(palabre("send", target), stdin=subprocess.PIPE, encoding="utf-8",
                              env=awa.environment)
    try:
        sender.stdin.write("".join(f"{i}\n" for i in range(count)))
        sender.stdin.close()
        for _ in range(3):
            time.sleep(1)
            server.process.kill()
            server.process.communicate()
            server = Server(*flags)
        assert sender.wait(DEADLINE) == 0
        followed = [json.loads(follower.stdout.readline())["text"] for _ in range(count)]
    finally:
        for process in (sender, follower):
            process.kill()
            process.wait()
        follower.stdout.close()
    expected = [str(i) for i in range(count)]
    assert followed == expected
    with server:
        assert texts(awa, server, "--from", 1) == expected


def test_a_room_is_the_same_json_from_its_server_and_from_its_file(data, awa, kofi):
    file = data.parent / "keep.toml"
    file.write_text('[keep]\nage = "for good"\nmessages = 10\nmebibytes = 0\n')
    with Server("--data", data, "--config", file) as server:
        assert awa.run("send", at(server), says="".join(f"{i}\n" for i in range(300)))[0] == 0
    with Server("--data", data, "--config", file) as server:
        assert awa.run("send", at(server), "--multiline", says="<two>\n\"lines\" \\ é\n")[0] == 0
        assert kofi.run("chat", at(server), says="/me waves\n")[0] == 0
        code, served, errors = kofi.run("tail", at(server), "--from", 1, "--json")
        assert (code, errors) == (0, "")
    code, kept, errors = kofi.run("log", "ops", "--data", data, "--from", 1, "--json")
    assert (code, errors) == (0, "")
    assert kept == served
    entries = [json.loads(line) for line in served.splitlines()]
    assert entries[0]["why"] == "EXPIRED" and entries[0]["from"] == "1"
    assert entries[-1]["kind"] == "ACTION" and entries[-1]["number"] == "302"


# ------------------------------------------------------------------------------- chat


def test_without_a_terminal_chat_is_lines(server, awa, kofi):
    awa.run("send", at(server), "before")
    code, output, errors = kofi.run("chat", at(server), says="hello\n/me waves\n/joyn\n")
    assert (code, errors) == (0, "")
    assert "#1 awa: before" in output
    assert "#2 (you): hello" in output and "#3 * kofi waves" in output
    assert "/joyn is no command" in output
    assert "\x1b" not in output
    assert texts(awa, server) == ["before", "hello", "waves"]


@pytest.fixture
def screens(tmp_path, server):
    tmp_path.chmod(0o755)
    names = (f"screen{number}" for number in itertools.count())
    with contextlib.ExitStack() as ends:
        yield lambda member, room="ops": ends.enter_context(
            Screen(tmp_path, next(names), at(server, room), environment=member.environment))


def test_ones_own_line_waits_until_it_is_kept(server, screens, awa):
    screen = screens(awa)
    screen.shows("ops: nobody else is here")
    screen.says("hello")
    screen.shows("#1 you: hello")
    with server.paused():
        screen.says("in the dark")
        screen.shows("… in the dark")
        screen.shows("The server does not answer")
        screen.types("half typ")
        screen.resizes(60, 24)
        screen.shows("ops> half typ")
    assert "…" not in screen.shows("#2 you: in the dark")
    screen.says("ed")
    screen.shows("#3 you: half typed")
    assert texts(awa, server) == ["hello", "in the dark", "half typed"]


def test_others_lines_leave_alone_what_is_being_typed(server, screens, awa, kofi):
    screen = screens(awa)
    screen.shows("nobody else")
    screen.types("half a ")
    kofi.run("send", at(server), "a\x1b[2Jb\nops> forged")
    seen = screen.shows(r"#1 kofi: a\uFFFD\[2Jb")
    assert "  ops> forged" in seen.split("\n"), "it is indented"
    screen.says("word")
    screen.shows("#2 you: half a word")


def test_what_is_pasted_is_asked_about(server, screens, awa):
    screen = screens(awa)
    screen.shows("nobody else")
    screen.pastes("first\nsecond", end_of_line="\r")
    screen.shows("2 lines were pasted")
    assert texts(awa, server) == []
    screen.presses("Enter")
    screen.shows("#1 you: first")
    assert texts(awa, server) == ["first\nsecond"]


def test_it_completes_and_comes_back_to_where_one_left(server, screens, awa, kofi):
    screen = screens(awa)
    screen.shows("nobody else")
    kofi.run("send", at(server), "hello")
    screen.shows("#1 kofi: hello")
    screen.types("ko")
    screen.presses("Tab")
    screen.says("you too")
    screen.shows("#2 you: kofi: you too")
    screen.types("/qu")
    screen.presses("Tab", "Enter")
    screen.ends()
    kofi.run("send", at(server), "meanwhile")
    screen = screens(awa)
    screen.shows("New in ops since you left: 1 message")
    assert "#1" not in screen.shows("#3 kofi: meanwhile")
