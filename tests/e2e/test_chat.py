"""`palabre chat` as a person sees it: typed into, and read off, a terminal of tmux's."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import time

import pytest

from members import Relay, eventually, home
from palabre import DEADLINE, Server, palabre, run

COLUMNS, ROWS = 80, 24


class Screen:
    """Somebody at a terminal with `palabre chat`; the end of its `with` closes it."""

    def __init__(self, folder, name, target, shell=False):
        """`shell`: typed into one, which goes on after it."""
        assert shutil.which("tmux"), "tmux is missing: apt-get install tmux"
        self._socket = folder / f"tmux-{name}"
        self._exit_code = folder / f"exit-code-{name}"
        environment = [f"{key}={value}" for key, value in home(folder, name).items()]
        command = palabre("chat", target, "--nick", name)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", COLUMNS, "-y", ROWS, "sh", "-c",
                   f'"$@"; echo $? > {self._exit_code}', "sh", "env", "-i", *environment,
                   "TERM=screen", "TMUX=here", *(["bash", "--norc", "-i"] if shell else command))
        self._tmux("set-option", "remain-on-exit", "on")
        if shell:
            self.says(shlex.join(command))

    def _tmux(self, *arguments, **how):
        return subprocess.run(["tmux", "-S", str(self._socket), *map(str, arguments)], check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
                              encoding="utf-8", **how).stdout

    def types(self, text):
        self._tmux("send-keys", "-l", text)

    def presses(self, *keys):
        self._tmux("send-keys", *keys)

    def says(self, text):
        self.types(text)
        self.presses("Enter")

    def pastes(self, text):
        """As a terminal does that says where a paste begins and ends."""
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p", "-r")

    def resizes(self, columns, rows):
        """Returns once its program can know: tmux tells it a moment later."""
        self._tmux("resize-window", "-x", columns, "-y", rows)
        with open(self._tmux("display-message", "-p", "#{pane_tty}").strip()) as terminal:
            eventually(lambda: os.get_terminal_size(terminal.fileno()) == (columns, rows),
                       "it has another size")

    def text(self):
        """What is to be seen, lines that the terminal has wrapped as one, and without blanks and
        empty lines at the end."""
        lines = self._tmux("capture-pane", "-p", "-J").rstrip("\n").split("\n")
        return "\n".join(line.rstrip() for line in lines)

    def count(self, pattern):
        return len(re.findall(pattern, self.text(), re.MULTILINE))

    def shows(self, pattern, times=1):
        """Sooner or later there are so many of it on the screen. Returns its text."""
        end = time.monotonic() + DEADLINE
        while self.count(pattern) != times:
            assert time.monotonic() < end, (
                f"{self.count(pattern)} times /{pattern}/, not {times}, on\n{self.text()}")
            time.sleep(0.02)
        return self.text()

    def ends(self):
        """The program does so by itself, and well."""
        eventually(lambda: self._exit_code.exists() and self._exit_code.read_text() == "0\n",
                   "it has ended well")

    def __enter__(self):
        return self

    def __exit__(self, *trace):
        with contextlib.suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")


class Table:
    """A server, and a way to it that can be cut."""

    def __init__(self, folder):
        self._ends = contextlib.ExitStack()
        self._folder = folder
        self.server = self._ends.enter_context(Server("--data", folder / "data"))
        self.relay = self._ends.enter_context(Relay(self.server.port))

    def sits(self, name):
        """Somebody, in the lobby already."""
        target = f"127.0.0.1:{self.relay.port}/lobby"
        screen = self._ends.enter_context(Screen(self._folder, name, target))
        screen.shows("^-- lobby: .*(nobody else|others?) (is|are) here")
        screen.shows("^lobby>")
        return screen

    def restart(self):
        port = self.server.port
        self.server.end()
        self.server = self._ends.enter_context(
            Server("--data", self._folder / "data", "--port", port))

    def does(self, name, *lines):
        """Somebody without a terminal, by a way that is never cut. Returns what is printed."""
        done = subprocess.run(palabre("chat", f"127.0.0.1:{self.server.port}", "--nick", name),
                              env=home(self._folder, name), input="".join(f"{x}\n" for x in lines),
                              capture_output=True, timeout=DEADLINE, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def another_says(self, text):
        """By a way that is never cut."""
        done = subprocess.run(palabre("send", f"127.0.0.1:{self.server.port}", text, "--nick", "bot"),
                              env=home(self._folder, "bot"), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE, encoding="utf-8")
        assert done.returncode == 0, done.stderr


@pytest.fixture
def table(tmp_path):
    tmp_path.chmod(0o755)
    table = Table(tmp_path)
    with table._ends:
        yield table


def test_a_line_waits_and_is_kept_with_its_number(table):
    awa = table.sits("awa")
    awa.says("good morning")
    awa.shows(r"^\d\d:\d\d #1 you: good morning$")
    table.relay.cut()
    awa.says("does anybody hear me?")
    assert awa.shows(r"^… does anybody hear me\?$").endswith("lobby>")
    assert awa.count("#2") == 0
    table.relay.heal()
    awa.shows(r"^\d\d:\d\d #2 you: does anybody hear me\?$")
    awa.shows("^…", times=0)


def test_the_network_goes_and_comes_back_and_nothing_is_missed(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("first")
    awa.says("second")
    awa.shows("^-- The server does not answer. What you write waits")
    table.another_says("while you were away")
    assert awa.count("while you were away") == 0
    table.relay.heal()
    awa.shows(r"^-- (It answers again|Back)\.$")
    awa.shows(r"#1 bot: while you were away$")
    awa.shows(r"#2 you: first$")
    seen = awa.shows(r"#3 you: second$")
    assert re.findall(r" #(\d+) ", seen) == ["1", "2", "3"], seen
    awa.shows("^…", times=0)


def test_what_is_being_typed_stays_when_others_speak_and_the_window_changes(table):
    awa = table.sits("awa")
    awa.types("this is a sentence that is not sent yet, and longer than forty columns")
    awa.shows("not sent yet")
    table.another_says("may I?")
    awa.shows("bot: may I\\?$")
    awa.resizes(50, 20)
    table.another_says("again?")
    awa.shows("bot: again\\?$")
    joined = awa.text().replace("\n", "")
    assert joined.count("a sentence that is not sent yet, and longer than forty columns") == 1, joined
    awa.resizes(COLUMNS, ROWS)
    awa.presses("Enter")
    awa.shows("#3 you: this is a sentence that is not sent yet")


def test_many_lines_that_are_pasted_are_asked_about_and_are_one_message(table):
    awa = table.sits("awa")
    awa.pastes("one\ntwo\nthree")
    awa.shows("^-- 3 lines were pasted: Enter sends them as one message, Ctrl-C takes")
    assert awa.count("#1") == 0
    awa.presses("C-c")
    awa.pastes("four\nfive")
    awa.shows("^-- 2 lines were pasted")
    awa.presses("Enter")
    awa.shows(r"#1 you: four\n +five$")
    awa.says("done")
    awa.shows("#2 you: done$")


def test_two_of_them_speak_alone_and_names_complete_themselves(table):
    awa, ben = table.sits("awa"), table.sits("ben")
    ben.says("hello")
    awa.shows("ben: hello$")
    awa.types("be")
    awa.presses("Tab")
    awa.types("good day")
    awa.presses("Enter")
    ben.shows("awa: ben: good day$")
    awa.types("/hi")
    awa.presses("Tab")
    awa.shows("^lobby> /history")
    awa.presses("C-c")
    awa.says("/msg ben between us")
    ben.shows("awa and you have a room: /msg awa TEXT answers")
    ben.shows(r"\[@\w+\] awa: between us$")
    ben.says("/msg awa yes")
    awa.shows(r"\[@ben\] ben: yes$")
    chloe = table.sits("chloe")
    chloe.shows("between us", times=0)
    _, who, _ = run("who", "--control", table.server.control)
    assert re.search(r"  lobby, 1 for two +awa\n", who) and re.search(r"  lobby +chloe\n", who), who


def test_who_leaves_with_something_unsent_is_warned_once(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("wait")
    awa.shows("^… wait$")
    awa.says("/quit")
    awa.shows("^-- 1 of your messages is not kept yet, and is lost if you leave now. /quit again")
    awa.says("/quit")
    awa.shows("^-- Not known to be sent: wait$")
    awa.ends()


def test_a_room_for_two_that_is_opened_during_an_outage_is_shown(table):
    awa = table.sits("awa")
    table.relay.cut()
    table.restart()
    table.does("ben", "/msg awa between us")
    table.relay.heal()
    awa.shows("^-- Back\\.$")
    awa.shows(r"\[@ben\] ben: between us$")


def test_who_comes_back_to_a_room_is_shown_what_is_new_since_it_left(table):
    awa = table.sits("awa")
    table.another_says("old")
    awa.shows("#1 bot: old$")
    awa.says("/join ops")
    awa.shows("^-- You write in ops now\\.$")
    awa.says("/leave lobby")
    awa.shows("^-- You have left lobby\\.$")
    table.another_says("new")
    awa.says("/join lobby")
    awa.shows("^-- You write in lobby now\\.$")
    awa.shows("^-- New in lobby since you left: 1 message$")
    awa.shows("#2 bot: new$")
    assert awa.count("#1 bot: old$") == 1, awa.text()
    awa.says("/join lobby")
    awa.shows("^-- You write in lobby already\\.$")
    awa.says("/leave")
    awa.shows("^-- You write in ops now\\.$", times=2)


def test_a_link_is_joined_where_it_is_of_this_server(table):
    awa = table.sits("awa")
    port = table.relay.port
    awa.says(f"/join palabre://127.0.0.1:{port}/ops")
    awa.shows("^ops>")
    awa.says("/join palabre://elsewhere.example/ops")
    awa.shows("^-- That link is of another server, elsewhere.example")
    awa.says(f"/join palabre://127.0.0.1:{port}/vip#pin={'A' * 43}")
    awa.shows("^-- That link names another pin than this server has")


def test_a_room_that_was_left_at_once_can_be_joined_again(table):
    awa = table.sits("awa")
    awa.says("/join ops")
    awa.shows("^ops>")
    awa.types("hi\n/leave\n")
    awa.shows("^-- You have left ops")
    awa.shows(r"#1 (\[ops\] )?you: hi$")
    awa.says("/join ops")
    awa.shows("^ops>")
    awa.says("again")
    awa.shows("#2 you: again$")


def test_history_shows_what_was_said_before_one_came_back(table):
    awa = table.sits("awa")
    for number in range(1, 5):
        awa.says(f"message {number}")
        awa.shows(f"#{number} you: message {number}$")
    awa.says("/quit")
    awa.ends()
    awa = table.sits("awa")
    awa.says("/history 3")
    awa.shows("#2 you: message 2$")
    awa.shows(r"^-- \(/history goes on before that\)$")
    awa.says("/history")
    awa.shows("#1 you: message 1$")
    awa.shows(r"^-- \(that is all\)$")
    awa.says("/history")
    awa.shows("^-- There is nothing before what you see")
    awa.says("/who lobby")
    awa.shows("^-- Not done: you are|^-- 1 in lobby: awa$")


def test_a_refusal_is_said_once_and_without_names_of_programs(table):
    awa = table.sits("awa")
    awa.says("/msg nobody psst")
    awa.shows('^-- Not sent, "psst": nobody is no member here')
    assert awa.count("is no member here") == 1, awa.text()
    awa.says("x" * 1300)
    seen = awa.shows('^-- Not sent, "x+ …": too long, ')
    assert not re.search(r"[0-9a-f]{16}\.\d", seen), seen


def test_a_question_during_an_outage_is_answered_at_once(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("hello?")
    awa.shows("^-- The server does not answer")
    awa.says("/who")
    awa.shows("^-- The server cannot be reached now; ask again when it is back\\.$")


def test_what_is_found_of_ones_own_is_said_to_be_ones_own(table):
    awa = table.sits("awa")
    awa.says("a needle")
    awa.shows("#1 you: a needle$")
    awa.says("/search needle")
    awa.shows("#1 you: a needle$", times=2)
