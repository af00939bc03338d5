"""The log is never waited for: a terminal may be stopped (Ctrl-S), a pipe may have no reader."""

import contextlib
import json
import os
import signal
import subprocess
import time

from palabre import BIN, DEADLINE, Guest, palabre, readable

TALKERS = 100
SECONDS = 60 if os.environ.get("PALABRE_LONG") else 5
NOISE = 20.0  # milliseconds: of a machine that does other things too
TRIES = 3


@contextlib.contextmanager
def served(folder, port):
    """A server that listens, and the end of the pipe that it logs into, which nobody reads."""
    read, write = os.pipe()
    process = subprocess.Popen(
        palabre("serve", "--port", port, "--memory", "--control", folder / "control",
                "--log-level", "debug"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=write, bufsize=0)
    try:
        assert readable(process.stdout, time.monotonic() + DEADLINE)
        yield process, write
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        os.close(read)
        os.close(write)


def ends_within_a_second(process):
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE) == 0
    took = time.monotonic() - began
    print(f"it ended in {took:.3f} s")
    assert took < 1


def fill(write):
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write, True)


def test_holds_nobody_up_and_is_ended_in_a_second(folder):
    port = 5000 + os.getpid() % 1000
    with served(folder, port) as (process, write):
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
        ends_within_a_second(process)
        for guest in (ana, kofi):
            guest.hang_up()


class Talk:
    """A hundred guests, each at an address of its own, who say a line a second to all the others."""

    def __init__(self, port):
        self.process = subprocess.Popen(
            [BIN / "talk", "--to", f"127.0.0.1:{port}", "--guests", str(TALKERS), "--rate", "1",
             "--from", "127.1.0.1", "127.2.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.line()

    def line(self, within=DEADLINE):
        assert readable(self.process.stdout, time.monotonic() + within), "talk says nothing"
        return self.process.stdout.readline()

    @contextlib.contextmanager
    def during(self, seconds):
        figures = {}
        self.process.stdin.write(f"{seconds}\n".encode())
        self.process.stdin.flush()
        yield figures
        figures.update(json.loads(self.line(seconds + DEADLINE)))

    def end(self):
        self.process.stdin.close()
        self.process.wait(DEADLINE)
        self.process.stdout.close()


def talk_while_the_log_is_full(talk, write, control):
    """The figures of the talk, and how many words of operators were logged meanwhile."""
    fill(write)
    end, words = time.monotonic() + SECONDS, 0
    with talk.during(SECONDS) as figures:
        while time.monotonic() < end:
            done = subprocess.run(palabre("ban", f"192.0.2.{words % 250 + 1}", "--control", control),
                                  capture_output=True, timeout=DEADLINE, check=False)
            assert done.returncode == 0, done.stderr
            words += 1
            time.sleep(0.05)
    return figures, words


def test_costs_a_hundred_who_talk_nothing(folder):
    port = 6000 + os.getpid() % 1000
    with served(folder, port) as (process, write):
        talk = Talk(port)
        with talk.during(SECONDS) as idle:
            pass
        for _ in range(TRIES):
            figures, words = talk_while_the_log_is_full(talk, write, folder / "control")
            print(f"the log read: {idle}; not read, {words} operators' words: {figures}")
            assert figures["heard"] == figures["due"] == SECONDS * TALKERS * (TALKERS - 1)
            if figures["p99"] <= max(2 * idle["p99"], NOISE):
                break
        assert figures["p99"] <= max(2 * idle["p99"], NOISE)
        ends_within_a_second(process)
        talk.end()
