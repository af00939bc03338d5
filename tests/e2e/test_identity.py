"""Who one is to a server: the key of one's own."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from palabre import DEADLINE, palabre


@pytest.fixture
def own_id(tmp_path):
    """Runs `palabre id` in a home of its own: exit code, standard output, standard error."""
    def run(user=None, **environment):
        done = subprocess.run(palabre("id"), capture_output=True, timeout=DEADLINE, user=user,
                              encoding="utf-8", stdin=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | environment)
        return done.returncode, done.stdout, done.stderr
    return run


def test_the_key_is_made_once_and_for_nobody_else_to_read(own_id, tmp_path):
    code, output, errors = own_id()
    assert (code, errors) == (0, "")
    key, where = output.splitlines()
    assert re.fullmatch("[A-Za-z0-9_-]{43}", key), key
    file = tmp_path / ".config/palabre/key"
    assert str(file) in where
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert own_id() == (0, output, ""), "the same again"
    elsewhere = own_id(XDG_CONFIG_HOME=str(tmp_path / "elsewhere"))[1]
    assert elsewhere.splitlines()[0] != key and str(tmp_path / "elsewhere/palabre/key") in elsewhere


def test_a_key_that_others_can_read_is_refused(own_id, tmp_path):
    own_id()
    file: Path = tmp_path / ".config/palabre/key"
    file.chmod(0o640)
    code, output, errors = own_id()
    assert (code, output) == (78, "")
    assert errors.startswith("palabre: ") and errors.count("\n") == 1
    assert str(file) in errors and "chmod 600" in errors


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes a user without an account")
def test_without_a_home_it_says_so(own_id):
    """Nor one in the account database."""
    code, output, errors = own_id(HOME="", user=54321)
    assert (code, output) == (78, "")
    assert errors.count("\n") == 1 and "XDG_CONFIG_HOME" in errors
