"""Ctrl-C takes a draft back, and nothing of what others have said: the kernel would discard the output that
the terminal has not taken yet."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from members import home
from palabre import DEADLINE, Server, palabre


class SlowTerminal:
    """A terminal with a chat, which takes its output only when it is asked to."""

    def __init__(self, folder, name, where):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            palabre("chat", where, "--nick", name), env=home(folder, name) | {"TERM": "xterm"}, stdin=slave,
            stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # its Ctrl-C
        os.close(slave)
        self.taken = b""

    def takes(self, text):
        """Takes output until the text is there."""
        end = time.monotonic() + DEADLINE
        while text.encode() not in self.taken:
            ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
            assert ready, f"no {text!r} in {self.taken!r}"
            self.taken += os.read(self.master, 65536)

    def has(self, least):
        """Waits until so many bytes are there to be taken."""
        end = time.monotonic() + DEADLINE
        while struct.unpack("i", fcntl.ioctl(self.master, termios.FIONREAD, b"\0" * 4))[0] < least:
            assert time.monotonic() < end, "no output"
            time.sleep(0.01)

    def types(self, text):
        os.write(self.master, text.encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def test_lines_that_the_terminal_has_not_taken_are_there_after_ctrl_c(folder):
    said = [f"line {number} of many" for number in range(200)]  # more than the kernel hands on at once
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server("--data", folder / "data"))
        awa = stack.enter_context(SlowTerminal(folder, "awa", f"127.0.0.1:{server.port}/lobby"))
        awa.takes("lobby> ")
        awa.types("a draft")
        awa.takes("a draft")
        subprocess.run(palabre("send", f"127.0.0.1:{server.port}/lobby", "--nick", "bot", "--kept"),
                       input="\n".join(said), env=home(folder, "bot"), timeout=DEADLINE, check=True, text=True,
                       stdout=subprocess.DEVNULL)
        awa.has(4000)
        awa.types("\x03")
        awa.takes(said[-1])
        lost = [text for text in said if f"{text}\r" not in awa.taken.decode(errors="replace")]
        assert not lost, lost
        awa.types("after")
        awa.takes("after")
