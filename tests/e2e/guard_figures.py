"""Figures for the tests of the guard: a server's counters and its memory."""

import json
import os
import re
import select
import signal
import subprocess
import time

from palabre import BIN, DEADLINE

LONG = bool(os.environ.get("PALABRE_LONG"))  # the long forms, see tests/CMakeLists.txt
MIB = 1 << 20

OVERFLOW = "lost in the receive buffer: they came too fast"
UNDELIVERABLE = "not sent: their destination cannot be reached"
NO_CODE = "dropped: from a public address, without its code"


def counts(server):
    """The server's counters so far: {"received": 12, "dropped: too fast": 3, ...}."""
    heading = "datagrams so far:"
    tables = server.log().count(heading)
    server.process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + DEADLINE
    while server.log().count(heading) == tables or not server.log().endswith("\n"):
        assert time.monotonic() < end, "it does not tell its counts"
        select.select([], [], [], 0.01)
    table = server.log().rpartition(heading)[2]
    return {what: int(number) for number, what in re.findall(r"(?m)^ +(\d+)  (.*)$", table)}


def resident_bytes(server):
    """The server's resident memory, in bytes."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024


def start(program, *arguments):
    """Starts one of the programs in tests/load."""
    path = BIN / program
    assert path.exists(), f"{path} is not built (PALABRE_BIN names the folder of the programs)"
    return subprocess.Popen([str(path), *map(str, arguments)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True)


def end(process):
    if process.poll() is None:
        process.kill()
    process.communicate()


def result(process, timeout):
    """Waits for the program's end; returns its figures, a line of JSON."""
    try:
        output, _ = process.communicate(timeout=timeout)
    finally:
        end(process)
    assert process.returncode == 0, f"{process.args[0]} ended with {process.returncode}"
    return json.loads(output)
