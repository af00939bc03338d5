"""Standard input, output and errors are taken for granted: what is opened in the place of one that is
closed would be read and written as if it were that."""

import itertools
import os
import subprocess
import time

import pytest

from members import home
from palabre import DEADLINE, Guest, palabre

EVERY_EIGHT = [closed for count in range(4) for closed in itertools.combinations((0, 1, 2), count)]


def closing(closed):
    def close():
        for descriptor in closed:
            os.close(descriptor)
    return close


@pytest.mark.parametrize("closed", EVERY_EIGHT, ids=str)
def test_a_message_is_sent_all_the_same(folder, server, closed):
    done = subprocess.run(palabre("send", f"127.0.0.1:{server.port}", "hello"),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=home(folder, "ana"), preexec_fn=closing(closed), timeout=DEADLINE,
                          check=False)
    assert done.returncode == 0, done.stderr


def test_an_input_that_is_closed_is_at_its_end(folder, server):
    done = subprocess.run(palabre("send", f"127.0.0.1:{server.port}"), stderr=subprocess.PIPE,
                          env=home(folder, "ana"), preexec_fn=closing((0,)), timeout=DEADLINE,
                          check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("closed", EVERY_EIGHT, ids=str)
def test_a_server_writes_into_nothing_of_its_own(folder, closed):
    data = folder / "data"
    control = folder / "control"
    port = 5000 + os.getpid() % 1000
    process = subprocess.Popen(
        palabre("serve", "--port", port, "--data", data, "--control", control),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=closing(closed))
    try:
        end = time.monotonic() + DEADLINE
        while not control.exists() and time.monotonic() < end:
            time.sleep(0.01)
        guest = Guest(port)
        guest.comes_online()
        guest.hang_up()
        for file in data.iterdir():
            content = file.read_bytes()
            assert b"To join:" not in content and b"listening on" not in content, file
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
