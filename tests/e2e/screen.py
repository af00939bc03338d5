"""Helpers for the tests of `palabre chat`: a user at a tmux terminal."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import time
import unicodedata
from pathlib import Path

from members import Relay, eventually, home
from palabre import DEADLINE, Server, palabre

COLUMNS, ROWS = 80, 24
INDENT = "  "  # of a continuation row


def columns_of(row):
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in row)
    return len(row) + wide - sum(unicodedata.combining(character) > 0 for character in row)


class Terminal:
    """A program at a tmux terminal; the end of the `with` closes it."""

    def __init__(self, socket, columns, rows, *command):
        assert shutil.which("tmux"), "tmux is missing: apt-get install tmux"
        self._socket = socket
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, *command)

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

    def pastes(self, text, end_of_line="\n"):
        """Pastes as a terminal with bracketed paste does."""
        self._tmux("set-buffer", text.replace("\n", end_of_line))
        self._tmux("paste-buffer", "-p", "-r")

    def resizes(self, columns, rows):
        """Returns once the program can see the size: tmux sets it a moment later."""
        self._tmux("resize-window", "-x", columns, "-y", rows)
        with open(self._tmux("display-message", "-p", "#{pane_tty}").strip()) as terminal:
            eventually(lambda: os.get_terminal_size(terminal.fileno()) == (columns, rows),
                       "it has another size")

    def text(self):
        """The visible text, with wrapped lines (of the terminal or the client) joined, and without
        trailing blanks and empty lines."""
        columns = int(self._tmux("display-message", "-p", "#{pane_width}"))
        lines, is_full = [], False
        for row in self._tmux("capture-pane", "-p", "-J").rstrip("\n").split("\n"):
            if is_full and row.startswith(INDENT):
                lines[-1] += row[len(INDENT):]
            else:
                lines.append(row)
            is_full = columns_of(row) >= columns - 1  # a wide character may not have fit
        return "\n".join(line.rstrip() for line in lines)

    def rows(self):
        """The rows of the screen and of the scrollback, as they are."""
        return self._tmux("capture-pane", "-p", "-S", "-2000").split("\n")

    def cursor(self):
        """Its column and row."""
        return self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y}")

    def count(self, pattern):
        return len(re.findall(pattern, self.text(), re.MULTILINE))

    def shows(self, pattern, times=1):
        """Waits until the pattern is on the screen `times` times. Returns the screen's text."""
        end = time.monotonic() + DEADLINE
        while self.count(pattern) != times:
            assert time.monotonic() < end, (
                f"{self.count(pattern)} times /{pattern}/, not {times}, on\n{self.text()}")
            time.sleep(0.02)
        return self.text()

    def __enter__(self):
        return self

    def __exit__(self, *trace):
        with contextlib.suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")


class Screen(Terminal):
    """A user at a terminal with `palabre chat`."""

    def __init__(self, folder, name, target, shell=False, environment=None):
        """`shell`: the command is typed into a shell, which continues after it. `environment`: used
        without asking for a nickname; by default `name` has a home in `folder`, and asks for that
        nickname."""
        self._exit_code = folder / f"exit-code-{name}"
        command = palabre("chat", target, *([] if environment else ["--nick", name]))
        environment = [f"{key}={value}"
                       for key, value in (environment or home(folder, name)).items()]
        super().__init__(
            folder / f"tmux-{name}", COLUMNS, ROWS, "sh", "-c", f'"$@"; echo $? > {self._exit_code}',
            "sh", "env", "-i", *environment, "TERM=screen", "TMUX=here",
            *(["bash", "--norc", "-i"] if shell else command))
        self._tmux("set-option", "remain-on-exit", "on")
        if shell:
            self.says(shlex.join(command))

    def pid(self):
        """Of the program."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0])

    def ends(self):
        """The program ends by itself, with exit code 0."""
        eventually(lambda: self._exit_code.exists() and self._exit_code.read_text() == "0\n",
                   "it has ended well")


class Table:
    """A server behind a relay that can be cut."""

    def __init__(self, folder):
        self._ends = contextlib.ExitStack()
        self._folder = folder
        self.server = self._ends.enter_context(Server("--data", folder / "data"))
        self.relay = self._ends.enter_context(Relay(self.server.port))

    def sits(self, name):
        """A user in the lobby."""
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
        """A user without a terminal, not through the relay. Returns the output."""
        done = subprocess.run(palabre("chat", f"127.0.0.1:{self.server.port}", "--nick", name),
                              env=home(self._folder, name), input="".join(f"{x}\n" for x in lines),
                              capture_output=True, timeout=DEADLINE, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def another_says(self, text):
        """Sends a message, not through the relay."""
        done = subprocess.run(palabre("send", f"127.0.0.1:{self.server.port}", text, "--nick", "bot"),
                              env=home(self._folder, "bot"), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE, encoding="utf-8")
        assert done.returncode == 0, done.stderr
