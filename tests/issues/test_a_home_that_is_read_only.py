"""A home mounted read-only holds everything that is needed to talk to a server that is known."""

import os
import subprocess

import pytest

from members import home
from palabre import DEADLINE, at_home, palabre

READ_ONLY = 'mount --bind "$HOME" "$HOME" && mount -o remount,ro,bind "$HOME" && exec "$@"'


def run(folder, *arguments, how=()):
    done = subprocess.run([*how, *palabre(*arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, env=home(folder, "ana"), encoding="utf-8",
                          timeout=DEADLINE, check=False)
    return done.returncode, at_home(done.stderr)


@pytest.fixture
def read_only():
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    return "unshare", "--mount", "sh", "-c", READ_ONLY, "sh"


def test_is_enough_for_a_server_that_is_known(folder, server, read_only):
    at = f"127.0.0.1:{server.port}"
    assert run(folder, "send", at, "hello")[0] == 0
    assert run(folder, "send", at, "again", how=read_only) == (0, "")
    assert run(folder, "tail", at, how=read_only) == (0, "")


def test_is_enough_where_the_link_vouches_for_the_server(folder, server, read_only):
    made = subprocess.run(palabre("invite", "ops", "--control", server.control, "--host",
                                  f"127.0.0.1:{server.port}"),
                          capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True)
    link = made.stdout.splitlines()[0]
    assert run(folder, "id")[0] == 0  # the key is there
    code, said = run(folder, "send", link, "hello", how=read_only)
    assert code == 0 and "cannot be remembered" in said, said
    code, said = run(folder, "send", f"127.0.0.1:{server.port}", "hello", how=read_only)
    assert code == 73, "without a link nobody vouches for it"
