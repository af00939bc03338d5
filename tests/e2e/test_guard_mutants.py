"""Datagrams of 0 to 65,507 bytes that once meant something: see tests/load/mutants.h.

They come by loopback, where nobody is held to a pace, so that they get as far as can be. Run with
the release build, and with the one that looks for every misstep of memory.
"""

import os

import pytest

from guard_figures import LONG, MIB, OVERFLOW, counts, resident_bytes, result, start
from palabre import Server

MANY = int(os.environ.get("PALABRE_MUTANTS", 10_000_000)) if LONG else 200_000


def send_mutants(server, count, seed):
    """So many, and all have been read when this returns."""
    figures = result(start("mutate", "--to", f"127.0.0.1:{server.port}", "--count", count,
                           "--seed", seed), timeout=3600)
    print(f"seed {seed}: {figures}")


@pytest.mark.parametrize("seed", [1])
def test_no_datagram_brings_it_down_or_stays_in_its_memory(monkeypatch, seed):
    # What is freed is kept aside for a while by AddressSanitizer; not for long, or it is measured.
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=4")
    with Server("--idle", 2) as server:
        send_mutants(server, MANY // 2, seed)
        memory = resident_bytes(server)
        send_mutants(server, MANY // 2, seed + 1)
        grown = resident_bytes(server) - memory
        print(f"memory: {memory / MIB:.1f} MiB, then {grown / MIB:+.1f} MiB")
        assert grown <= 4 * MIB
        assert counts(server)[OVERFLOW] == 0
        a, b = server.guests(2)
        a.says("salut !")
        b.hears(f"{a.name}> salut !")
