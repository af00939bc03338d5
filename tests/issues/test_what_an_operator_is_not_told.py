"""An operator is told who comes in as a member, by which invite, and what becomes of connections; and
can take an invite back."""

import os
import re
import subprocess

import pytest

from members import home
from palabre import DEADLINE, Server, asks, palabre, run


@pytest.fixture
def server(folder, data):
    config = folder / "palabre.toml"
    config.write_text('invitation-rooms = ["ops"]\n')
    with Server("--data", data, "--config", config) as running:
        yield running


def send(folder, server, name, where, text="hello"):
    return subprocess.run(palabre("send", where, text, "--nick", name), capture_output=True,
                          env=home(folder, name), encoding="utf-8", timeout=DEADLINE, check=False)


def invite(server, *flags):
    link, words = asks(server, "invite", "ops", "--host", f"127.0.0.1:{server.port}",
                       *flags).splitlines()
    assert words.startswith("Anyone with this link may enter ops")
    return link, re.search(r" palabre revoke ([0-9a-f]{12}) takes it back\.$", words)[1]


def test_who_comes_in_is_a_line_of_the_log(folder, server):
    link, name = invite(server)
    assert send(folder, server, "ana", link).returncode == 0
    key = subprocess.run(palabre("id"), capture_output=True, env=home(folder, "ana"), check=True,
                         encoding="utf-8", timeout=DEADLINE).stdout.splitlines()[0]
    lines = [line for line in server.logs(key, 2).splitlines() if key in line]
    where = r"\[127\.0\.0\.1:\d+\]"
    assert len(lines) == 2, lines
    assert re.search(rf"new member: ana, key {key}, from {where}$", lines[0]), lines
    assert re.search(rf"let into ops by invite {name}: ana, key {key}, from {where}$",
                     lines[1]), lines
    assert "invite=" not in server.log()
    assert send(folder, server, "ana", link).returncode == 0
    assert server.log().count(key) == 2, "once is enough"


def test_connections_and_logins_are_figures(folder, server):
    send(folder, server, "ana", f"127.0.0.1:{server.port}")
    figures = asks(server, "stats")
    for count, what in ((1, "QUIC connections opened"), (1, "logins of members"),
                        (0, "logins refused"), (0, "QUIC refused: too many connections")):
        assert f"\n{count:>14}  {what}\n" in figures, figures
    assert len(re.findall(r"\n +\d+  QUIC", figures)) == 17, "every count is shown"


@pytest.mark.parametrize("by", ["name", "link"])
def test_an_invite_is_taken_back(folder, server, by):
    link, name = invite(server, "--uses", 5)
    assert send(folder, server, "ana", link).returncode == 0
    said = asks(server, "revoke", name if by == "name" else link)
    assert said.startswith(f"Invite {name} is taken back")
    late = send(folder, server, "kofi", link)
    assert late.returncode == 77 and "was taken back" in late.stderr, late
    assert send(folder, server, "ana", link).returncode == 0, "who is in stays"
    server.logs(f"operator: Invite {name} is taken back")


def test_it_stays_taken_back_after_a_restart(folder, data):
    config = folder / "palabre.toml"
    config.write_text('invitation-rooms = ["ops"]\n')
    with Server("--data", data, "--config", config) as server:
        link, name = invite(server)
        asks(server, "revoke", name)
        port = server.port
    with Server("--data", data, "--config", config, "--port", port) as server:
        assert send(folder, server, "kofi", link).returncode == 77


def test_what_is_no_invite_is_said_to_be_none(server):
    for words, code in ((("revoke", "000000000000"), 67), (("revoke", "ops"), 64), (("revoke",), 64)):
        done = run(*words, "--control", server.control)
        assert done[0] == code and done[2].count("\n") == 1, done


@pytest.mark.parametrize("output", ["full", "closed", "left"])
def test_an_invite_that_nobody_could_read_is_taken_back(folder, server, output):
    read, write = os.pipe()
    os.close(read)
    full = os.open("/dev/full", os.O_WRONLY)
    stdout = {"full": full, "closed": None, "left": write}[output]
    done = subprocess.run(palabre("invite", "ops", "--control", server.control), stdout=stdout,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
                          preexec_fn=(lambda: os.close(1)) if output == "closed" else None,
                          timeout=DEADLINE, check=False)
    os.close(write)
    os.close(full)
    assert done.returncode == (0 if output == "left" else 74), done
    assert done.stderr == "" if output == "left" else done.stderr.endswith(
        " The invite was taken back.\n"), done
    log = server.logs("is taken back")
    assert len(re.findall(r"operator: Invite [0-9a-f]{12} is taken back", log)) == 1, log
