"""Members lose nothing when the network falls apart, and are heard again within two seconds of its
being whole; nor when their address changes.

Each is a machine of its own, on a LAN of network namespaces.
"""

import contextlib
import random
import time


from guard_network import Lan, _ip
from members import (LONG, Author, Reader, Talk, assert_nothing_lost_nothing_doubled,
                     everything_kept)

BACK = 2.0  # seconds after the network is whole


class Machine:
    """Somebody's, on the LAN, with an author and a reader on it."""

    def __init__(self, lan, number):
        self.lan = lan
        self.number = number
        self.name = f"machine{number}"
        self.host = lan.host(f"10.9.{number}.1")
        self._address = self.host.address
        self._moves = 0

    def starts(self, ends, folder, target):
        with self.host.entered():
            self.author = ends.enter_context(Author(folder, f"author{self.number}", target))
            self.reader = ends.enter_context(Reader(folder, f"reader{self.number}", target))

    def moves(self):
        """To another address; what it had is gone."""
        self._moves += 1
        old, self._address = self._address, f"10.9.{self.number}.{self._moves % 200 + 2}"
        with self.host.entered():
            _ip("address", "del", f"{old}/16", "dev", "lan0")
            _ip("address", "add", f"{self._address}/16", "dev", "lan0")

    @contextlib.contextmanager
    def unplugged(self):
        """What is sent disappears without a word."""
        self.lan.unplug(self.host)
        yield
        self.lan.plug_in(self.host)

    @contextlib.contextmanager
    def down(self):
        """There is no network, and whoever sends is told so."""
        with self.host.entered():
            _ip("link", "set", "lan0", "down")
        yield
        with self.host.entered():
            _ip("link", "set", "lan0", "up")


def heard_again(machine, other):
    """How long from now on until each has heard what the other has said after it."""
    began = time.monotonic()
    pairs = [(machine.reader, other.author), (other.reader, machine.author)]
    while not all(reader.has_heard(author.name, began) for reader, author in pairs):
        took = time.monotonic() - began
        assert took < 20, f"{machine.name} and {other.name} do not hear each other after {took} s"
        time.sleep(0.005)
    return time.monotonic() - began


def test_whatever_happens_to_the_network_nothing_is_lost_and_two_seconds_later_all_is_heard(folder):
    count = 20 if LONG else 2
    chance = random.Random(5002)
    slowest = collected = 0.0
    data = folder / "data"
    with contextlib.ExitStack() as ends:
        lan = ends.enter_context(Lan())
        home = lan.host("10.9.0.1")
        server = home.serve("--data", data, "--config", everything_kept(folder))
        target = f"10.9.0.1:{server.port}/lobby"
        steady, moving = Machine(lan, 1), Machine(lan, 2)
        for machine in (steady, moving):
            machine.starts(ends, folder, target)
        authors, readers = [steady.author, moving.author], [steady.reader, moving.reader]
        with Talk(authors, 50):
            heard_again(moving, steady)
            for number in range(count):
                breaks = moving.unplugged if number % 2 == 0 else moving.down
                with breaks():
                    seconds = chance.uniform(1, 30) if LONG else chance.uniform(1, 3)
                    time.sleep(seconds)
                    if number % 4 >= 2:
                        moving.moves()
                    collected += seconds
                slowest = max(slowest, took := heard_again(moving, steady))
                print(f"{breaks.__name__} for {seconds:.1f} s, heard after {took:.2f} s")
                assert took <= BACK, f"{breaks.__name__} for {seconds:.1f} s: {took:.2f} s"
                moving.moves()
                slowest = max(slowest, took := heard_again(moving, steady))
                assert took <= BACK, f"heard only {took:.2f} s after its address has changed"
        said = assert_nothing_lost_nothing_doubled(data, authors, readers, 30)
        print(f"{count} partitions, {collected:.0f} s in all, {said} messages, heard again after "
              f"{slowest:.2f} s at most")
