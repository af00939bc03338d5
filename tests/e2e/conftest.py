"""Fixtures: a server that stores its rooms, and terminals behind a relay that can be cut."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from palabre import Server
from screen import Table


@pytest.fixture
def folder():
    """A folder that the server may use, also after it has given up root."""
    path = Path(tempfile.mkdtemp(prefix="palabre-"))
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture
def data(folder):
    return folder / "data"


@pytest.fixture
def server(data):
    with Server("--data", data) as running:
        yield running


@pytest.fixture
def table(tmp_path):
    tmp_path.chmod(0o755)
    table = Table(tmp_path)
    with table._ends:
        yield table
