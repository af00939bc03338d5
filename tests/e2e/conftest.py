"""What tests begin with: a server that keeps its rooms, and a way to one that can be cut."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from palabre import Server
from screen import Table


@pytest.fixture
def folder():
    """One that the server may have, also when root gives up what it is."""
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
