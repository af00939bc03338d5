"""The log is never waited for: a terminal may be stopped (Ctrl-S), a pipe may have no reader."""

import os
import signal
import subprocess
import time

from palabre import DEADLINE, Guest, palabre, readable

PIPE_BYTES = 65536


def start(folder, errors, port):
    return subprocess.Popen(
        palabre("serve", "--port", port, "--memory", "--control", folder / "control",
                "--log-level", "debug"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, bufsize=0)


def fill(write):
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write, True)


def test_holds_nobody_up_and_is_ended_in_a_second(folder):
    read, write = os.pipe()
    port = 5000 + os.getpid() % 1000
    process = start(folder, write, port)
    try:
        assert readable(process.stdout, time.monotonic() + DEADLINE)
        fill(write)
        ana, kofi = Guest(port), Guest(port)
        ana.comes_online("nobody else")
        kofi.comes_online("1 other")
        for number in range(100):
            # An operator's word is logged.
            done = subprocess.run(palabre("ban", f"192.0.2.{number % 250 + 1}", "--control",
                                          folder / "control"), capture_output=True,
                                  timeout=DEADLINE, check=False)
            assert done.returncode == 0, done.stderr
            ana.says(f"message {number}")
            kofi.hears(f"{ana.name}> message {number}")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
        assert time.monotonic() - began < 1
        for guest in (ana, kofi):
            guest.hang_up()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        os.close(read)
        os.close(write)
