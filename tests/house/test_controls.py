"""Each patch of tests/controls applies, and names tests that exist: `tests/controls/run` takes long,
and is not run with every change."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted((ROOT / "tests/controls").glob("*.patch"))
UNIT_TEST = re.compile(r"\b(?:TEST(?:_[FP])?|RC_GTEST(?:_FIXTURE)?_PROP)\((\w+),\s*(\w+)")


@pytest.fixture(scope="module")
def unit_tests():
    sources = [*ROOT.glob("src/**/*_test.cc"), *ROOT.glob("tests/**/*_test.cc")]
    return [".".join(name) for source in sources for name in UNIT_TEST.findall(source.read_text())]


def names_of(file):
    path = ROOT / "tests/e2e" / file
    return re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_applies_and_names_tests_that_exist(patch, unit_tests):
    done = subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, capture_output=True,
                          encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    reds = re.findall(r"^red: (\w+) (\S+) (.+)$", patch.read_text(), re.MULTILINE)
    assert reds
    for kind, where, which in reds:
        if kind == "pytest":
            found = [name for name in names_of(where) for part in which.split(" or ") if part in name]
        elif where == "release":
            found = [name for name in unit_tests if re.search(which, name)]
        else:
            continue
        assert found, f"{patch.name} names no test: {which}"
