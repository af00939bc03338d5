"""A prompt says in which room one is: no room is opened that looks like one that there is."""

import pytest

from palabre import Server

FORGED = "\u043e\u0440s"  # the first two letters are Cyrillic


@pytest.fixture
def by_invitation(folder):
    file = folder / "palabre.toml"
    file.write_text('invitation-rooms = ["ops"]\n')
    return file


def test_are_not_opened(by_invitation, data):
    with Server("--data", data, "--config", by_invitation) as server:
        guest = server.guest().comes_online()
        guest.says(f"/join {FORGED}\nthe key is under the mat")
        guest.told("not opened", "looks like ops")
        guest.says("/join l\u043ebby")
        guest.told("not opened", "looks like lobby")
        guest.says("/join team")
        guest.told("You are in team")
        guest.says("hello")
        guest.catches_up()


def test_are_not_opened_after_a_restart_either(data):
    with Server("--data", data) as server:
        guest = server.guest().comes_online()
        guest.says("/join team")
        guest.told("You are in team")
        guest.says("hello")
        guest.catches_up()
    with Server("--data", data) as server:
        guest = server.guest().comes_online()
        guest.says("/join t\u0435am")
        guest.told("not opened", "looks like team")
        guest.says("/join team")
        guest.told("You are in team")
