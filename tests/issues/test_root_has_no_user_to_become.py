"""A server that root starts becomes a user of its own: as `nobody` it would share its key and its rooms
with whatever else runs as nobody."""

import os
import pwd
import subprocess

import pytest

from palabre import BIN, DEADLINE, ROOT

CONFIG = 78  # of <sysexits.h>
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another")


def serve(folder, *flags):
    return subprocess.run([BIN / "palabre", "serve", "--port", "0", "--data", folder / "data",
                           "--control", folder / "control", *flags], capture_output=True,
                          encoding="utf-8", timeout=DEADLINE, check=False)


def is_refused(folder, *flags):
    done = serve(folder, *flags)
    assert done.returncode == CONFIG, done
    said = [line for line in done.stderr.splitlines() if line.startswith("palabre: ")]
    assert len(said) == 1 and "--user" in said[0] and "useradd --system palabre" in said[0], done
    assert done.stdout == ""
    assert list(folder.iterdir()) == [], "nothing is left behind"


@as_root
@pytest.mark.parametrize("name", ["palabre-of-nowhere", "root"])
def test_it_does_not_start(folder, name):
    is_refused(folder, "--user", name)


@as_root
def test_it_does_not_become_nobody(folder):
    try:
        pwd.getpwnam("palabre")
    except KeyError:
        return is_refused(folder)
    pytest.skip("this machine has a user palabre")


@as_root
def test_the_file_of_options_may_name_it_too(folder):
    file = folder.parent / f"{folder.name}.toml"
    try:
        file.write_text('user = "palabre-of-nowhere"\n')
        is_refused(folder, "--config", file)
    finally:
        file.unlink()


@as_root
def test_the_set_up_makes_it_where_it_is_missing(folder):
    """With programs in the place of those that look for users and make them."""
    made = folder / "made"
    for name, body in {"getent": 'exit 2', "useradd": f'echo "$@" > {made}'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    subprocess.run([ROOT / "packaging/set-up", "build"], check=True, timeout=DEADLINE,
                   env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    words = made.read_text().split()
    assert "--system" in words and words[-1] == "palabre", words
