"""Datagrams and frames of QUIC that are bent, cut, repeated, or sent from elsewhere: see
tests/load/mutate_quic.cc.

A whole server and its members are in that one process, so that nothing is lost on the way and time
is made up. Run with the release build, and with the one that looks for every misstep of memory.
"""

import os

from guard_figures import LONG, MIB, result, start

SANITIZED = bool(os.environ.get("PALABRE_SANITIZED"))
# What AddressSanitizer keeps aside is measured too; it says itself what leaks.
MOST_GROWN = (16 if SANITIZED else 4) * MIB
MANY = (5_000_000 if LONG else 100_000) // (10 if SANITIZED else 1)


def test_no_datagram_or_frame_brings_it_down_or_stays_in_its_memory(monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=4")
    figures = result(start("mutate_quic", "--count", MANY, "--seed", 1), timeout=3500)
    print(figures)
    assert figures["bent"] >= MANY
    # It came to something: members were in, some of them bent what they said themselves.
    assert figures["logins"] >= MANY // 2000 and figures["broken"] > 0
    assert figures["grown"] <= MOST_GROWN
    assert figures["is_heard"], "nobody who comes later is heard"
