"""Members lose nothing: through a bad network, and whenever the server is killed.

Authors are `palabre send`, readers are `palabre tail --follow`. What they say is counted, so that at
every reader and in the server's file all of it has to be there, once, in each author's order.
PALABRE_LONG has it all at length.
"""

import contextlib
import random
import threading
import time


from members import (LONG, Author, Reader, Relay, Talk, assert_nothing_lost_nothing_doubled,
                     eventually, everything_kept, free_port)
from palabre import DEADLINE, Server

BACK = 2.0  # seconds within which whoever was cut off is heard again


def test_through_a_bad_network_nothing_is_lost_doubled_or_out_of_order(folder):
    many, says, patience = (20, 5_000, 3000) if LONG else (3, 334, 60)
    network = ["--loss", 30, "--dup", 5, "--reorder", 10, "--corrupt", 2,
               "--delay", "100ms" if LONG else "10ms", "--seed", 5001]
    data = folder / "data"
    with contextlib.ExitStack() as ends:
        server = ends.enter_context(Server("--data", data, "--config", everything_kept(folder)))
        relay = ends.enter_context(Relay(server.port, *network))
        target = f"127.0.0.1:{relay.port}/lobby"
        readers = [ends.enter_context(Reader(folder, f"reader{number}", target))
                   for number in range(3)]
        authors = [ends.enter_context(Author(folder, f"author{number}", target))
                   for number in range(many)]
        began = time.monotonic()
        for author in authors:  # each as fast as it is taken from it
            threading.Thread(target=author.says, args=(says,), daemon=True).start()
        eventually(lambda: all(author.count == says for author in authors), "all is said", patience)
        count = assert_nothing_lost_nothing_doubled(data, authors, readers, patience)
        took = time.monotonic() - began
        counts = relay.end()
        assert counts["lost"] > counts["came"] / 5, f"the network was too good: {counts}"
        print(f"{count} messages to {len(readers)} readers in {took:.1f} s: {counts}")


def test_nothing_is_lost_or_doubled_by_kill_9_and_everybody_is_back_by_themselves(folder):
    kills = 100 if LONG else 3
    chance = random.Random(5003)
    data, port = folder / "data", free_port()
    flags = ("--data", data, "--port", port, "--config", everything_kept(folder))
    target = f"127.0.0.1:{port}/lobby"
    slow = []
    with contextlib.ExitStack() as ends:
        server = Server(*flags)
        ends.callback(lambda: server.process.kill() or server.process.communicate())
        readers = [ends.enter_context(Reader(folder, f"reader{number}", target))
                   for number in range(2)]
        authors = [ends.enter_context(Author(folder, f"author{number}", target))
                   for number in range(3)]
        with Talk(authors, 200):
            all_are_heard(readers, authors)
            for kill in range(kills):
                alive, down = chance.uniform(0, 0.5), chance.uniform(0, 3 if kill % 10 == 0 else 0.3)
                time.sleep(alive)
                server.process.kill()
                server.process.communicate()
                time.sleep(down)
                server = Server(*flags)
                took, last = all_are_heard(readers, authors)
                slow.append((round(took, 2), f"{last}, {alive:.2f} s alive, {down:.2f} s down"))
        count = assert_nothing_lost_nothing_doubled(data, authors, readers, 30)
    slow.sort(reverse=True)
    print(f"{kills} kills, {count} messages, all heard after {slow[0][0]} s at most, "
          f"{slow[len(slow) // 2][0]} s mostly")
    assert slow[0][0] <= BACK, slow[:10]


def all_are_heard(readers, authors):
    """By everybody, something that they have said since now. Returns how long that took, and who was
    heard last."""
    began = time.monotonic()
    last = ""
    for reader in readers:
        for author in authors:
            while not reader.has_heard(author.name, began):
                last = f"{author.name} by {reader.name}"
                assert time.monotonic() - began < DEADLINE, f"{last} is not heard"
                time.sleep(0.005)
    return time.monotonic() - began, last
