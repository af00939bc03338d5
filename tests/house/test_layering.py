"""The layering test can go red: each kind of wrong arrow, tried on a house of two files."""

import pathlib
import subprocess
import sys

import pytest

LAYERING = pathlib.Path(__file__).with_name("layering.py")


def check(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, LAYERING, tmp_path], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("file", "include"),
    [
        ("chat/hub.cc", '"wire/text.h"'),
        ("chat/hub.cc", "<sys/socket.h>"),
        ("chat/hub.cc", "<fmt/format.h>"),
        ("chat/hub.cc", "<unistd.h>"),
        ("chat/hub.cc", "<gtest/gtest.h>"),
        ("wire/text.cc", '"net/server.h"'),
        ("guard/guard.cc", '"chat/hub.h"'),
        ("net/server.cc", '"app/serve.h"'),
        ("store/store.cc", '"wire/text.h"'),
        ("net/server.cc", '"server.h"'),
        ("util/strings.cc", "<string>"),
        ("net/server.cc", "<app/serve.h>"),
        ("net/quic/server.cc", '"chat/hub.h"'),
        ("main.cc", "<string>"),
        ("net/server.hpp", "<string>"),
        ("chat/hub_testing.cc", "<gtest/gtest.h>"),
    ],
)
def test_an_arrow_that_runs_back_is_found(tmp_path, file, include):
    result = check(tmp_path, file, f"#include {include}\n")
    assert result.returncode == 1, result.stdout
    assert file in result.stdout


@pytest.mark.parametrize(
    ("file", "include"),
    [
        ("chat/hub.cc", '"chat/room.h"'),
        ("chat/hub.cc", "<vector>"),
        ("chat/result.h", "<tl/expected.hpp>"),
        ("chat/hub_test.cc", "<gtest/gtest.h>"),
        ("net/server.cc", '"wire/text.h"'),
        ("app/serve.cc", "<boost/asio/io_context.hpp>"),
    ],
)
def test_an_arrow_that_runs_with_the_house_is_not(tmp_path, file, include):
    result = check(tmp_path, file, f"#include {include}\n")
    assert result.returncode == 0, result.stdout
