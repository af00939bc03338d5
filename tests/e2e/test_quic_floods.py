"""Thousands begin a QUIC handshake and never go on with it: what becomes of memory, and of those
who mean it? See tests/load/initials.cc.
"""

from guard_figures import MIB, resident_bytes, result, start
from palabre import Server

HALF_OPEN = 5000


def initials(server, count, handshakes):
    figures = result(start("initials", "--to", f"127.0.0.1:{server.port}", "--count", count,
                           "--handshakes", handshakes), timeout=120)
    print(figures)
    return figures


def test_handshakes_that_nobody_goes_on_with_take_no_memory_and_no_time():
    with Server() as server:
        initials(server, 0, 20)
        memory = resident_bytes(server)
        figures = initials(server, HALF_OPEN, 200)
        grown = resident_bytes(server) - memory
        print(f"memory has grown by {grown / MIB:.2f} MiB")
        assert figures["initials"] == HALF_OPEN
        assert grown <= 1 * MIB
        assert figures["p99"] <= 200
