"""The LAN: who is on it, and what those on it who do not answer cost the others. Nothing.

What is sent to a neighbour whose hardware address the kernel asks for in vain (a laptop asleep, an
address that was forged) waits in the kernel for three seconds, in the server's own send buffer.
"""

import contextlib
import os
import socket
import subprocess
import time

import pytest

from guard_figures import counts
from guard_network import Lan
from palabre import DEADLINE, Guest, Server, readable
from test_privileges import as_service, status_of

SERVER, HONEST, OTHER = "10.9.0.1", "10.9.1.1", "10.9.0.3"
DEBIANS_WMEM_MAX = 212_992  # all that an ordinary user gets; no namespace has a limit of its own
NOT_SENT = "not sent: their destination cannot be reached"


@pytest.fixture
def lan():
    with Lan() as network:
        yield network


def ip(host, words):
    """Configures the host's network; what that says."""
    with host.entered():
        return subprocess.run(["ip", *words.split()], check=True, capture_output=True,
                              encoding="utf-8").stdout


# -------------------------------------------------------------------------------- who is on it


V6 = ("-6 address add 2001:db8::1/128 dev lan0 nodad", "-6 route add 2001:db8::/64 dev lan0")
PEER = ("address add 10.20.0.1 peer 10.30.0.2 dev lan0",)
WRONG_PEER = ("address add 10.7.0.1 peer 10.7.1.0/24 dev lan0",)


@pytest.mark.parametrize("inside_has, own, trusted", [
    ((), "10.9.77.1", True),
    (PEER, "10.30.0.2", True),
    (PEER, "10.20.0.2", False),
    (WRONG_PEER, "10.7.1.5", True),
    (WRONG_PEER, "10.7.0.5", False),
    (("route add 10.8.0.0/24 dev lan0",), "10.8.0.5", True),
    ((f"route add 10.8.0.0/24 via {OTHER}",), "10.8.0.5", False),
    ((f"route add 10.8.0.0/24 nexthop dev lan0 nexthop via {OTHER} dev lan0",), "10.8.0.5", False),
    ((f"route add default via {OTHER}",), "198.51.100.1", False),
    (("route add default dev lan0",), "198.51.100.1", False),
    (("route add 128.0.0.0/1 dev lan0",), "198.51.100.1", False),
    (("route add table 77 10.8.0.0/24 dev lan0",), "10.8.0.5", False),
    (V6, "2001:db8::5", True),
    (V6[:1], "2001:db8::5", False),
    ((), "fe80::5", True),
], ids=lambda value: (value[-1] if value else "as it is") if isinstance(value, tuple) else None)
def test_the_lan_is_what_a_route_reaches_without_a_router(lan, inside_has, own, trusted):
    inside, other = lan.host(SERVER), lan.host(OTHER)
    for words in inside_has:
        ip(inside, words)
    v6 = ":" in own
    to = SERVER
    if v6:
        to = "2001:db8::1" if own.startswith("2001") else "fe80::1%lan0"
        ip(inside, "-6 address replace fe80::1/64 dev lan0 nodad")
        ip(other, f"-6 address add {own}/64 dev lan0 nodad")
    else:
        other.owns(f"{own}/32")
    server = inside.serve("--guests", "lan")
    with other.entered():
        scope = (0, socket.if_nametoindex("lan0")) if v6 and own.startswith("fe80") else ()
        guest = Guest(server.port, to, (own, 0, *scope))
    other.ends.callback(guest.hang_up)
    if trusted:
        guest.comes_online("nobody else")
        return
    guest.says("")
    # Of one socket all is read in order: once this one is in, the other has been heard.
    neighbour = other.guest(server, OTHER).comes_online("nobody else")
    assert not readable(guest.socket, 0)
    assert counts(server)["dropped: from a public address, only the LAN is admitted"] == 1
    neighbour.says("/who")
    neighbour.told("1 here:")


def opens_nothing_more(server):
    user, group = (status_of(server)[which].split()[0] for which in ("Uid", "Gid"))
    subprocess.run(["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups",
                    "prlimit", f"--pid={server.process.pid}", "--nofile=3:3"], check=True)


@pytest.mark.skipif(bool(os.environ.get("PALABRE_SANITIZED")),
                    reason="a sanitizer needs descriptors of its own")
def test_who_was_on_the_lan_stays_so_while_the_kernel_cannot_be_asked():
    with Server("--guests", "lan") as server:
        server.guest().comes_online("nobody else")
        opens_nothing_more(server)
        for words in ("the list of local networks stays as it was", "neighbours who do not answer"):
            assert server.logs(words).count(words) == 1
        server.guest().comes_online("1 other")


# -------------------------------------------------------------------------- who does not answer


@contextlib.contextmanager
def narrow(host):
    """A server with no more room for sending than an ordinary user of Debian gets."""
    with host.entered(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, DEBIANS_WMEM_MAX)
        made.bind(("::", 0))
        starts = as_service("--nobody", "--sockets", made.fileno())
        with Server("--guests", "lan", "--control", "", started_by=starts,
                    descriptors=[made.fileno()]) as server:
            assert made.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * DEBIANS_WMEM_MAX
            server.host = host
            yield server


class Talk:
    """Says lines of 1,100 bytes, as fast as the guard lets it pass: 15 at once, then 5 a second."""

    def __init__(self, author):
        self.author = author
        self._next = time.monotonic() - 3

    def says_a_line(self, number):
        while (left := self._next - time.monotonic()) > 0:
            time.sleep(left)
        self._next = max(self._next, time.monotonic() - 3) + 0.22
        line = f"{number} ".ljust(1100, "x")
        self.author.says(line)
        return f"{self.author.name}> {line}"


@pytest.mark.parametrize("absent", [56, 192])
def test_neighbours_who_never_were_there_keep_nobody_waiting(lan, absent):
    inside, honest, forge = lan.host(SERVER), lan.host(HONEST), lan.host(OTHER).forger()
    with narrow(inside) as server:
        a, b = (honest.guest(server).comes_online() for _ in range(2))
        sources = [f"10.9.{5 + number // 48}.{1 + number % 48}" for number in range(absent)]
        for source in sources:
            forge((source, 40000), (SERVER, server.port), "\n")
        a.says("/who")
        a.told(f", {absent + 2} here:")
        talk, delays = Talk(a), []
        for number in range(40):
            if number == 34:  # as the kernel does of itself now and then, where there are many
                ip(inside, "neighbour flush dev lan0 nud failed")
            line = talk.says_a_line(number)
            began = time.monotonic()
            readable(b.socket, began + DEADLINE)
            b.hears(line)
            delays.append(time.monotonic() - began)
        print(f"{absent} absent: line {delays.index(max(delays))} most late, "
              f"{max(delays) * 1000:.1f} ms, "
              f"{counts(server)[NOT_SENT]} not sent")
        assert max(delays) < 1
        assert counts(server)[NOT_SENT] > 20 * absent


def test_a_neighbour_who_is_back_hears_again_without_a_word_of_its_own(lan):
    inside, honest, sleeper = lan.host(SERVER), lan.host(HONEST), lan.host("10.9.2.1")
    server = inside.serve("--guests", "lan")
    a = honest.guest(server).comes_online()
    asleep = sleeper.guest(server).comes_online()
    talk = Talk(a)

    lan.unplug(sleeper)
    ip(inside, "neighbour flush to 10.9.2.1")  # sooner than by the minute that it may take
    number = 0
    end = time.monotonic() + DEADLINE
    while "FAILED" not in ip(inside, "neighbour show to 10.9.2.1"):
        assert time.monotonic() < end
        talk.says_a_line(number)
        number += 1
    for _ in range(5):
        talk.says_a_line(number)
        number += 1
    before = counts(server)[NOT_SENT]
    assert before >= 5

    lan.plug_in(sleeper)
    began = time.monotonic()
    while not readable(asleep.socket, 0):
        assert time.monotonic() < began + DEADLINE
        talk.says_a_line(number)
        number += 1
    back = time.monotonic()
    print(f"back after {back - began:.2f} s")
    while time.monotonic() < back + 0.6:  # a look
        talk.says_a_line(number)
        number += 1
    readable(asleep.socket, time.monotonic() + 0.2)
    while readable(asleep.socket, time.monotonic() + 0.1):
        asleep.socket.recv(65536)
    for _ in range(5):
        asleep.hears(talk.says_a_line(number))
        number += 1
