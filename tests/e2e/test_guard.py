"""What the guard promises whoever opens the port: that strangers make no weapon of it.

Raw sockets forge the sources, in networks of the test's own: see guard_network.
"""

import re
import socket
import time

import pytest

from guard_figures import LONG, NO_CODE, OVERFLOW, UNDELIVERABLE, counts, result
from guard_network import Lan, addresses, asks_for_a_code, enters_by_code
from palabre import Server, readable

SERVER, WORLD = "10.9.0.1", "10.9.0.2"


@pytest.fixture
def lan():
    with Lan() as network:
        yield network


@pytest.fixture
def inside(lan):
    """The server's host. All that is not on the LAN it sends to the world."""
    return lan.host(SERVER, gateway=WORLD)


@pytest.fixture
def world(lan, inside):
    """Where everybody else is: on the LAN, and at the public addresses 198.51.100.0/24."""
    return lan.host(WORLD).owns("198.51.100.0/24").owns("10.9.1.0/24")


def who(guest):
    """How many are in the guest's room."""
    guest.says("/who")
    return int(re.search(r", (\d+) here:", guest.told("In "))[1])


def cloak_of(guest):
    """The name by which others are shown this public guest."""
    guest.says("/who")
    return re.search(r"(guest-[0-9a-z]{4,}\*) \(you\)", guest.told("In "))[1]


# ------------------------------------------------------------------------ forged public sources


NOT_ONE_BYTE_MORE = [  # than this, from each source the same
    b"x", b"\n", b"/who\n", b"/help\n/help\n", b"7KQ2M4XW", b"7KQ2M4XW\n",
    b"x" * 15, b"x" * 16, b"x" * 17, b"x" * 18, b"salut tout le monde !\n", b"x" * 200, b"x" * 1200,
    b"/help\n" * 16, b"-- send 7KQ2M4XW\n", b"[20.0.0.1:4000]> salut !\n", b"\xff" * 30]


def test_10_000_forged_public_sources_get_no_more_bytes_than_they_sent(inside, world):
    server = inside.serve("--guests", "all")
    forge, tap = world.forger(), world.tap()
    a, public = world.guest(server, "10.9.1.1"), world.guest(server, "198.51.100.1")
    a.comes_online("nobody else")
    enters_by_code(public)
    names = {a: a.name, public: cloak_of(public)}
    local = inside.guest(server).comes_online("2 others")  # who is held to no pace

    sent = {}
    for number, source in enumerate(addresses("20.0.0.0", 10_000)):
        text = NOT_ONE_BYTE_MORE[number % len(NOT_ONE_BYTE_MORE)]
        for _ in range(number % 3 + 1):
            forge((source, 40000), (SERVER, server.port), text)
            sent[source] = sent.get(source, 0) + len(text)
        if number % 1000 == 0:
            for author in (a, public):
                author.says(f"line {number}")
                local.hears(f"{names[author]}> line {number}")
        if number % 100 == 99:
            assert who(local) == 3  # and all until now has been read

    received = dict.fromkeys(sent, 0)
    for datagram in tap.datagrams():
        if datagram.to[0] in received:
            received[datagram.to[0]] += len(datagram.payload)
    assert counts(server)[OVERFLOW] == 0
    assert sum(map(bool, received.values())) >= 100  # were answered at all
    more = {source: (received[source], sent[source])
            for source in sent if received[source] > sent[source]}
    assert not more, f"{len(more)} sources got more bytes than they sent: {more}"
    assert sum(received.values()) <= sum(sent.values())
    print(f"{sum(sent.values())} bytes in, {sum(received.values())} bytes out")


def test_only_the_lan_gets_an_answer_unless_others_are_invited(inside, world):
    server = inside.serve("--guests", "lan")  # the default, but not in a container
    neighbour = world.guest(server, "10.9.1.1").comes_online()
    stranger = world.guest(server, "198.51.100.1")
    stranger.says("good day, is anybody here?")
    assert who(neighbour) == 1
    assert not readable(stranger.socket, 0)


# -------------------------------------------------------------------------------------- codes


def test_a_public_guest_enters_by_its_code_and_is_not_quoted_with_it(inside, world):
    server = inside.serve("--guests", "all")
    neighbour = world.guest(server, "10.9.1.1").comes_online()
    public = world.guest(server, "198.51.100.1")
    enters_by_code(public)
    cloak = cloak_of(public)
    public.says("salut !")
    neighbour.hears(f"{cloak}> salut !")  # and not by its address


def test_a_public_guest_is_shown_by_its_address_where_the_operator_wants_that(inside, world, tmp_path):
    file = tmp_path / "palabre.toml"
    file.write_text('[guard]\nguests = "all"\nnames = "address"\n')
    server = inside.serve("--config", file)
    neighbour = world.guest(server, "10.9.1.1").comes_online()
    public = world.guest(server, "198.51.100.1")
    enters_by_code(public)
    public.says("salut !")
    neighbour.hears(f"{public.name}> salut !")


def test_nobody_enters_by_a_code_that_is_wrong_or_another_ones(inside, world):
    server = inside.serve("--guests", "all")
    neighbour = world.guest(server, "10.9.1.1").comes_online()
    own, other = (world.guest(server, own) for own in ("198.51.100.1", "198.51.100.2"))
    codes = {own: asks_for_a_code(own), other: asks_for_a_code(other)}
    same_address = world.guest(server, "198.51.100.1")  # and another port
    same_address.says(codes[own])
    own.says(codes[other])
    other.says(codes[own])
    for wrong in ("00000000", codes[own].lower(), codes[own][:7], codes[own] + "0",
                  f"{codes[own]} salut !", f"{codes[own]}\nsalut !", f"-- send {codes[own]}"):
        if wrong != codes[own]:  # all its characters may be figures
            own.says(wrong)
    assert who(neighbour) == 1
    for guest in (own, other, same_address):
        assert not readable(guest.socket, 0)
    own.says(codes[own])
    own.told("Welcome", "1 other")


def test_a_code_is_of_no_use_at_a_server_that_was_started_anew(inside, world):
    first = inside.serve("--guests", "all")
    public = world.guest(first, "198.51.100.1")
    code = asks_for_a_code(public)
    second = inside.serve("--guests", "all")
    neighbour = world.guest(second, "10.9.1.1").comes_online()
    public.server_port = second.port
    public.writes_to(SERVER)
    public.says(code)
    assert who(neighbour) == 1


@pytest.mark.skipif(not LONG, reason="waits two minutes: a long form")
def test_a_code_is_past_after_two_minutes(inside, world):
    server = inside.serve("--guests", "all")
    neighbour = world.guest(server, "10.9.1.1").comes_online()
    public = world.guest(server, "198.51.100.1")
    code = asks_for_a_code(public)
    time.sleep(121)  # the one thing that there is to wait for
    public.says(code)
    assert who(neighbour) == 1
    enters_by_code(public)


def test_no_guess_enters(inside, world):
    guesses = 1_000_000 if LONG else 50_000
    server = inside.serve("--guests", "all")
    neighbour = world.guest(server, "10.9.1.1").comes_online()
    result(world.flood(server, guesses=True, source="198.51.100.1:40000", rate=50_000,
                       count=guesses), timeout=120)
    assert who(neighbour) == 1
    counted = counts(server)
    assert counted[NO_CODE] + counted[OVERFLOW] == guesses
    assert counted[OVERFLOW] < guesses / 100


# -------------------------------------------------------------------------------------- loops


class Machine:
    """A machine that answers whatever it is sent."""

    def __init__(self, host, own, port, answer):
        self.at = (own, port)
        self._answer = answer
        with host.entered():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(self.at)
        host.ends.callback(self.socket.close)

    def answers(self):
        """Whatever waits; no more than a hundred, so that a loop ends in a failure."""
        for _ in range(100):
            if not readable(self.socket, 0):
                return
            text, source = self.socket.recvfrom(65536)
            self.socket.sendto(self._answer(text), source)


def echo(text):
    return text


def chargen(_):
    return bytes(range(0x20, 0x7F))[:72] + b"\r\n"


def comes_after(trigger, taps, machines=(), silence=1.2, most=100):
    """How many datagrams follow the one that `trigger` sends; and for how long after it."""
    for tap in taps:
        list(tap.datagrams())
    began = time.monotonic()
    trigger()
    seen = []
    while time.monotonic() - (seen[-1].when if seen else began) < silence and len(seen) < most:
        for tap in taps:
            readable(tap.socket, time.monotonic() + 0.005)
            seen += tap.datagrams()
        for machine in machines:
            machine.answers()
    return len(seen) - 1, seen[-1].when - seen[0].when


def is_over_soon(after):
    number, seconds = after
    assert number <= 10 and seconds < 1, f"{number} datagrams after the trigger, for {seconds:.1f} s"


@pytest.mark.parametrize("many", range(1, 6))
def test_echoes_that_a_forger_has_enrolled_make_no_loop(inside, world, many):
    server = inside.serve()
    forge, taps = world.forger(), [inside.tap(), world.tap()]
    machines = [Machine(world, f"10.9.1.{number + 1}", 40007, echo) for number in range(many)]
    for machine in machines:
        is_over_soon(comes_after(lambda: forge(machine.at, (SERVER, server.port), "salut !\n"), taps,
                                 machines, silence=0.3))
    guest = world.guest(server, "10.9.1.100")
    assert who_besides(guest) == many
    after = comes_after(lambda: guest.says("salut !"), taps, machines)
    assert after[0] == 2 * many  # to each, and back
    is_over_soon(after)


def who_besides(guest):
    """Comes online; how many others were there?"""
    guest.says("")
    told = guest.told("Welcome")
    return int(re.search(r"(\d+) others?|nobody", told)[1] or 0)


def ring(servers):
    return [(of, servers[number - 1]) for number, of in enumerate(servers)]


def mesh(servers):
    return [(of, to) for of in servers for to in servers if of is not to]


@pytest.mark.parametrize("many", range(2, 6))
@pytest.mark.parametrize("enrolled", [ring, mesh])
def test_servers_that_a_forger_has_enrolled_in_each_other_make_no_loop(lan, world, enrolled, many):
    servers = [lan.host(f"10.9.2.{number + 1}").serve() for number in range(many)]
    taps = [host.tap() for host in (world, *(server.host for server in servers))]
    forge = world.forger()
    for of, to in enrolled(servers):
        for text in ("salut !\n", "and again\n"):  # so that it seems to be somebody who talks
            is_over_soon(comes_after(lambda: forge((of.host.address, of.port),
                                                   (to.host.address, to.port), text),
                                     taps, silence=0.05))
    guest = world.guest(servers[0], "10.9.1.100")
    others = who_besides(guest)
    assert others == (1 if enrolled is ring else many - 1)
    after = comes_after(lambda: guest.says("salut !"), taps)
    assert after[0] >= others  # it did go to the others
    is_over_soon(after)


@pytest.mark.parametrize("port, enrolled", [(19, 0), (40019, 1)], ids=["port 19", "another port"])
def test_a_chargen_is_not_enrolled_or_not_answered(inside, world, port, enrolled):
    server = inside.serve()
    forge, taps = world.forger(), [inside.tap(), world.tap()]
    machine = Machine(world, "10.9.1.1", port, chargen)
    is_over_soon(comes_after(lambda: forge(machine.at, (SERVER, server.port), "salut !\n"), taps,
                             [machine]))
    guest = world.guest(server, "10.9.1.100")
    assert who_besides(guest) == enrolled
    is_over_soon(comes_after(lambda: guest.says("salut !"), taps, [machine]))


# -------------------------------------------------------------------------------- a dead guest


def unreachable():
    """How often this host has been told that a datagram of its own did not arrive."""
    total = 0
    with open("/proc/net/snmp") as v4, open("/proc/net/snmp6") as v6:
        names, values = (line.split() for line in v4 if line.startswith("Icmp:"))
        total += int(values[names.index("InDestUnreachs")])
        total += sum(int(line.split()[1]) for line in v6 if line.startswith("Icmp6InDestUnreachs "))
    return total


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_dead_guest_costs_the_other_99_nothing(host):
    with Server() as server:
        guests = [server.guest(host).comes_online() for _ in range(100)]
        dead = guests.pop(50)
        assert dead.hang_up() == ""
        before = unreachable()
        for author in guests:
            author.says("one after the other")
            for reader in guests:
                if reader is not author:
                    reader.hears(f"{author.name}> one after the other")
        assert unreachable() - before >= 40  # the kernel says it 50 times, then less often
        for author in guests:
            author.says("all at once")
        for reader in guests:
            reader.hears(*(f"{author.name}> all at once"
                           for author in guests if author is not reader))


def test_a_guest_that_cannot_be_sent_to_costs_the_others_nothing(inside, world):
    server = inside.serve()
    guests = [world.guest(server, f"10.9.1.{number + 1}").comes_online() for number in range(20)]
    lost = guests.pop(10)
    inside.reaches_no_more(lost.socket.getsockname()[0])
    for author in guests:
        author.says("salut !")
        for reader in guests:
            if reader is not author:
                reader.hears(f"{author.name}> salut !")
    assert counts(server)[UNDELIVERABLE] == len(guests)
    assert not readable(lost.socket, 0)
