"""Who may become a member."""

import re
import subprocess

from members import home
from palabre import DEADLINE, Server, asks, palabre


def posts(folder, name, server, room="lobby", link=None):
    """A member's `palabre send`: its code, and what it says to people."""
    where = f"127.0.0.1:{server.port}/{room}"
    target = ("--link-file", link) if link else (where,)
    done = subprocess.run(palabre("send", *target, "hello", "--nick", name, "--timeout", "5"),
                          env=home(folder, name), capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    return done.returncode, done.stderr


def configured(folder, text):
    path = folder / "palabre.toml"
    path.write_text(text)
    return ("--data", folder / "data", "--config", path)


def test_a_key_that_an_operator_approves_becomes_a_member(folder):
    with Server(*configured(folder, '[members]\nregistration = "approved"\n')) as server:
        code, told = posts(folder, "ana", server)
        assert code != 0 and "An operator approves new members here." in told, told
        key = re.search(r"/approve (key:\S+)", told)[1]
        assert asks(server, "approve", key).endswith("may become a member.\n")
        assert posts(folder, "ana", server) == (0, "")
        code, told = posts(folder, "bob", server)
        assert code != 0 and "An operator approves" in told, told


def test_an_invite_makes_one_member_where_members_are_invited(folder):
    with Server(*configured(folder, '[members]\nregistration = "invited"\n')) as server:
        code, told = posts(folder, "ana", server)
        assert code != 0 and "New members come here by invitation" in told, told
        link = folder / "link"
        link.write_text(asks(server, "invite", "lobby", "--host", f"127.0.0.1:{server.port}"))
        code, told = posts(folder, "ana", server, link=link)
        assert code == 0, told
        assert posts(folder, "ana", server)[0] == 0, "and stays one"
        code, told = posts(folder, "bob", server, link=link)
        assert code != 0 and "by invitation" in told, told
