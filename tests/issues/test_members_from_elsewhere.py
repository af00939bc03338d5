"""`lan` is one word for both doors: a member from a public address is told that it is not admitted,
whatever its key, and reads nothing of a LAN's rooms."""

import subprocess

import pytest

from guard_network import Lan, _ip
from members import home
from palabre import DEADLINE, palabre

SERVER, NEIGHBOUR, ROUTER, PUBLIC = "10.9.0.1", "10.9.0.2", "10.9.0.3", "198.51.100.1"
NOT_ADMITTED = "This server admits members from its own networks only"


@pytest.fixture
def lan():
    with Lan() as network:
        yield network


def says(host, folder, server, name):
    """What comes of `palabre send` there."""
    with host.entered():
        done = subprocess.run(palabre("send", "--nick", name, "--timeout", "10",
                                      f"{SERVER}:{server.port}/lobby", f"hello from {name}"),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
                              encoding="utf-8", env=home(folder, name))
    return done.returncode, done.stderr


def public(lan):
    """A host whose own address is a public one."""
    host = lan.host(ROUTER)
    with host.entered():
        _ip("address", "add", f"{PUBLIC}/32", "dev", "lan0")
        _ip("route", "replace", "10.9.0.0/16", "dev", "lan0", "src", PUBLIC)
    return host


def serve(lan, *flags):
    inside = lan.host(SERVER)
    with inside.entered():
        _ip("route", "add", "default", "via", ROUTER)
    return inside.serve(*flags)


def test_are_told_that_they_are_not_admitted(lan, folder):
    server = serve(lan, "--guests", "lan")
    guest = lan.host(NEIGHBOUR).guest(server).comes_online()
    code, errors = says(public(lan), folder, server, "eve")
    assert code != 0 and NOT_ADMITTED in errors, (code, errors)
    guest.says("/who")
    guest.told("1 here:")
    server.logs("a member from a public address was not admitted")
    assert "who may enter: guests from the local networks; members from the local networks" in \
        server.log()


def test_are_admitted_where_the_operator_says_so(lan, folder):
    server = serve(lan, "--guests", "lan", "--members", "all")
    guest = lan.host(NEIGHBOUR).guest(server).comes_online()
    code, errors = says(public(lan), folder, server, "awa")
    assert code == 0, errors
    guest.hears("awa> hello from awa")
    server.logs("members from everywhere")


def test_are_no_neighbours(lan, folder):
    server = serve(lan, "--guests", "lan")
    neighbour = lan.host(NEIGHBOUR)
    guest = neighbour.guest(server).comes_online()
    code, errors = says(neighbour, folder, server, "kofi")
    assert code == 0, errors
    guest.hears("kofi> hello from kofi")
