"""A file that is removed while the server runs takes with it what is written there from then on: the
server ends, says which, and has acknowledged nothing that is gone."""

import contextlib
import select
import signal
import subprocess

import pytest

from palabre import CLOSING, DEADLINE, Guest, Server, run

IOERR = 74  # of <sysexits.h>


def kept(server, *texts):
    guest = Guest(server.port)
    guest.comes_online()
    for text in texts:
        guest.says(f"/post id-{text} {text}")
        number = guest.hears_a_line()
        assert number.endswith(f"id-{text}"), number
    return guest


def ends(server):
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.process.wait(DEADLINE)
    return server.process.returncode


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
@pytest.mark.parametrize("is_replaced", [False, True], ids=["removed", "replaced"])
def test_end_it_with_a_sentence_and_lose_nothing(data, ending, is_replaced):
    file = data / f"palabre.db{ending}"
    with Server("--data", data) as server:
        guest = kept(server, "one", "two")
        content = file.read_bytes()
        file.unlink()
        if is_replaced:
            file.write_bytes(content)
        guest.says("/post id-three three")
        heard = guest.hears_a_line()
        assert heard.startswith("-- Not sent id-three:") or heard == CLOSING, heard
        assert ends(server) == IOERR, server.log()
        assert f"palabre.db{ending} was removed or replaced while the server ran" in server.log()
        guest.hang_up()
    with Server("--data", data):
        code, output, errors = run("log", "lobby", "--data", data)
        assert code == 0, errors
        assert [line.split()[-1] for line in output.splitlines()] == ["one", "two"], output
    assert run("check", "--data", data)[0] == 0


def test_nothing_that_was_acknowledged_is_gone_after_a_kill(data):
    """What was said before the file went is in the file itself by the time that the next is refused."""
    with Server("--data", data) as server:
        guest = kept(server, "one", "two")
        (data / "palabre.db-wal").unlink()
        guest.says("/post id-three three")
        assert not guest.hears_a_line().startswith("#")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        guest.hang_up()
        select.select([], [], [], 0)
    code, output, _ = run("check", "--data", data)
    assert code == 0, output
    with Server("--data", data):
        assert run("log", "lobby", "--data", data)[1].count("\n") == 2
