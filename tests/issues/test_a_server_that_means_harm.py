"""A server that says anything at all makes `palabre chat` neither grow nor forget what it knows of others."""

import subprocess
import threading
from pathlib import Path

import pytest

from members import Process, eventually, home
from palabre import BIN, palabre

SOME = 20_000  # lines
ANOTHER = "A" * 43  # the pin of a server where somebody was before


class Heard:
    """The lines of a stream, counted and not kept."""

    def __init__(self, stream):
        self.lines = 0
        self._stream = stream
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for _ in self._stream:
            self.lines += 1


@pytest.fixture
def hostile():
    with Process([BIN / "hostile"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        yield server.process.stdout.readline().decode().strip()


def memory_of(process):
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def test_has_no_more_memory_of_ours_than_any_other(folder, hostile):
    at_home = home(folder, "awa")
    cursors = Path(at_home["XDG_STATE_HOME"]) / "palabre/cursors"
    cursors.parent.mkdir()
    before = "".join(f"{ANOTHER} 0000000000000007 {n} room-{n}\n" for n in range(200))
    cursors.write_text(before, encoding="ascii")
    with Process(palabre("chat", f"127.0.0.1:{hostile}"), stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE, env=at_home) as chat:
        heard = Heard(chat.process.stdout)
        eventually(lambda: heard.lines > SOME, "lines", 60)
        settled = memory_of(chat.process)
        eventually(lambda: heard.lines > 4 * SOME, "more lines", 60)
        assert memory_of(chat.process) < settled + 8 * 1024, "KiB"
        chat.process.stdin.close()
        assert chat.process.wait(20) == 0, chat.said()
        chat.process.stdin = None
    kept = cursors.read_text(encoding="utf-8")
    assert kept.startswith(before), "those of another server are gone"
    assert len(kept) <= len(before) + (16 << 10), "it keeps more than its share"
