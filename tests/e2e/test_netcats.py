"""Any netcat is a guest: the real ones, three at once, in the exercise's own conversation."""

import contextlib
import itertools
import subprocess

import pytest

from palabre import CLOSING, DEADLINE, LINE_BYTES, NETCATS, ONLY_IPV4, Netcat, Server, installed

any_netcat = pytest.mark.parametrize("netcat", NETCATS)


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def sit_down(server):
    """Starts a netcat: sit_down("ncat"), sit_down("socat", "::1")."""
    with contextlib.ExitStack() as netcats:
        yield lambda netcat, host="127.0.0.1": netcats.enter_context(
            Netcat(netcat, server.port, host))


def closes(server, *netcats):
    """The server says goodbye, and each has heard nothing unexpected before that."""
    server.end()
    for netcat in netcats:
        netcat.hears(CLOSING)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("netcats", itertools.permutations(NETCATS, 3), ids="-".join)
def test_three_netcats_hold_the_exercises_conversation(server, sit_down, netcats, host):
    """Over ::1, the netcat that knows no IPv6 is beside the others at 127.0.0.1."""
    a, b, c = (sit_down(name, "127.0.0.1" if name in ONLY_IPV4 else host) for name in netcats)

    a.comes_online("salut !", "nobody else")
    b.comes_online("??", "1 other")
    a.hears(f"{b.name}> ??")
    c.comes_online("me voilà", "2 others")
    for reader in (a, b):
        reader.hears(f"{c.name}> me voilà")

    a.says("salut !")
    for reader in (b, c):
        reader.hears(f"{a.name}> salut !")
    b.says("ça va ?")
    for reader in (a, c):
        reader.hears(f"{b.name}> ça va ?")
    closes(server, a, b, c)


@any_netcat
def test_a_netcat_is_shown_by_the_address_that_it_has(server, sit_down, netcat):
    reader, author = server.guest().comes_online(), sit_down(netcat)
    author.comes_online("salut !", "1 other")
    reader.hears(f"{author.name}> salut !")
    assert author.name.startswith("[127.0.0.1:") and author.name != reader.name


@any_netcat
def test_a_netcat_is_answered_from_the_address_it_wrote_to(server, sit_down, netcat):
    """A netcat listens to one address only: what came from 127.0.0.1 it would not show."""
    author, reader = server.guest().comes_online(), sit_down(netcat, "127.0.0.2")
    reader.comes_online("salut !", "1 other")
    author.hears(f"{reader.name}> salut !")
    author.says("??")
    reader.hears(f"{author.name}> ??")


@any_netcat
def test_a_netcat_carries_the_longest_line_there_is_whole(server, sit_down, netcat):
    author, reader = sit_down(netcat), sit_down(netcat)
    author.comes_online("", "nobody else")
    reader.comes_online("", "1 other")
    text = "x" * (LINE_BYTES - len(f"{author.name}> \n"))
    author.says(text)
    reader.hears(f"{author.name}> {text}")
    author.says(f"{text}x")
    author.told("Too long", f"{LINE_BYTES + 1} bytes", f"{LINE_BYTES} at most")
    closes(server, author, reader)


@any_netcat
def test_the_commands_work_from_a_netcat(server, sit_down, netcat):
    friend, guest = server.guest().comes_online(), sit_down(netcat)
    friend.says("/join ops")
    friend.told("You are in ops")
    guest.says("/nick awa")
    guest.told("Welcome to lobby")
    guest.told("You are awa*")
    guest.says("/join ops")
    guest.told("You are in ops", "1 other")
    guest.says("/me arrive")
    friend.hears("* awa* arrive")
    guest.says("//join")
    friend.hears("awa*> /join")
    guest.says("/who")
    guest.told("In ops, 2 here:", friend.name, "awa* (you)")
    guest.says("/quit")
    guest.told("Goodbye")
    guest.says("me revoilà")
    guest.told("Welcome back to ops", "awa*")
    friend.hears("awa*> me revoilà")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_word_by_bash_in_passing_is_relayed_though_nobody_stays_for_the_answer(server, host):
    installed("bash")
    reader, other = server.guests(2)
    subprocess.run(["bash", "-c", 'echo "build done" > /dev/udp/$0/$1', host, str(server.port)],
                   check=True, timeout=DEADLINE)
    said = reader.hears_a_line()
    assert said.startswith(f"[{host}:") and said.endswith("]> build done"), said
    other.hears(said)
    other.says("merci")
    reader.hears(f"{other.name}> merci")
