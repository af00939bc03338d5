"""The layering test can fail: each kind of forbidden include, in a source tree of one file."""

import pathlib
import subprocess
import sys

import layering
import pytest

LAYERING = pathlib.Path(__file__).with_name("layering.py")
# A folder of each depth, in a room.
FOLDERS = ("", "/sub", "/sub/below")


def check(tmp_path, file, text):
    """The complaints about a source tree of this one file."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(layering.complaints(tmp_path))


@pytest.mark.parametrize(("include", "code"), [('"wire/text.h"', 1), ('"chat/room.h"', 0)])
def test_it_fails_where_it_finds_something(tmp_path, include, code):
    found = check(tmp_path, "chat/hub.cc", f"#include {include}\n")
    result = subprocess.run(
        [sys.executable, LAYERING, tmp_path], capture_output=True, text=True, check=False
    )
    assert result.returncode == code
    assert result.stdout == "\n".join(found or ["every arrow runs one way"]) + "\n"


@pytest.mark.parametrize(
    ("file", "include"),
    [
        # Between rooms.
        ("base/result.h", '"chat/ids.h"'),
        ("chat/hub.cc", '"wire/text.h"'),
        ("chat/hub.cc", '"guard/gate.h"'),
        ("chat/hub_test.cc", '"wire/text.h"'),
        ("wire/text.cc", '"server/house.h"'),
        ("guard/guard.cc", '"chat/hub.h"'),
        ("link/link.h", '"chat/hub.h"'),
        ("link/quic/server.cc", '"net/udp_socket.h"'),
        ("link/quic/server_test.cc", '"net/udp_socket.h"'),
        ("store/store.cc", '"wire/text.h"'),
        ("bus/bus.cc", '"store/store.h"'),
        ("net/asio_driver.h", '"server/house.h"'),
        ("net/udp_socket.h", '"chat/hub.h"'),
        ("server/house.cc", '"net/udp_socket.h"'),
        ("server/house.cc", '"store/store.h"'),
        ("server/doors/plain/plain_door.cc", '"net/udp_socket.h"'),
        ("server/house.cc", '"app/serve/serve.h"'),
        ("server/house.cc", "<app/serve/serve.h>"),
        ("client/session.cc", '"server/house.h"'),
        ("client/session.cc", '"guard/gate.h"'),
        ("client/chat/chat.cc", '"server/doors/plain/plain_door.h"'),
        # Inside a room: downwards.
        ("server/house.h", '"server/doors/door.h"'),
        ("server/house.h", '"server/doors/plain/plain_door.h"'),
        ("server/house.h", "<server/doors/plain/plain_door.h>"),
        ("server/house_test.cc", '"server/doors/plain/plain_door.h"'),
        ("server/doors/door.h", '"server/doors/plain/plain_door.h"'),
        ("link/link.h", '"link/quic/client.h"'),
        ("client/line_source.h", '"client/chat/chat.h"'),
        ("net/udp_socket.cc", '"net/web/http.h"'),
        # Inside a room: beside.
        ("server/doors/plain/plain_door.cc", '"server/doors/frames/frames_door.h"'),
        ("server/doors/plain/plain_door.cc", '"server/doors/frames/in/in.h"'),
        ("server/doors/plain/plain_door.cc", '"server/doors/plain_text/feed.h"'),
        ("link/pipe/pipe.h", '"link/quic/client.h"'),
        ("app/host/links.cc", '"app/control/control_service.h"'),
        ("app/host/links.cc", '"app/serve/serve.h"'),
        ("app/control/counts.cc", '"app/serve/serve.h"'),
        ("app/serve/serve.cc", '"app/member/send.h"'),
        ("app/serve/serve.cc", '"app/tools/log_commands.h"'),
        ("app/member/send.cc", '"app/host/links.h"'),
        ("app/tools/log_commands.cc", '"app/serve/serve.h"'),
        # Test drivers: for tests only.
        ("chat/hub.cc", '"drivers/hub_driver.h"'),
        ("chat/hub.cc", "<drivers/hub_driver.h>"),
        ("chat/hub_testing.cc", '"drivers/hub_driver.h"'),
        ("server/doors/plain/plain_door.h", '"drivers/socket_driver.h"'),
        # Libraries.
        ("chat/hub.cc", "<sys/socket.h>"),
        ("chat/hub.cc", "<fmt/format.h>"),
        ("chat/hub.cc", "<unistd.h>"),
        ("chat/hub.cc", "<net/if.h>"),
        ("chat/hub.cc", "<gtest/gtest.h>"),
        ("chat/hub_testing.cc", "<gtest/gtest.h>"),
        ("base/file.cc", "<boost/asio/io_context.hpp>"),
        ("base/file.cc", "<spdlog/spdlog.h>"),
        ("base/file.cc", "<gtest/gtest.h>"),
        # The spelling of includes, and the places of files.
        ("server/house.cc", '"house.h"'),
        ("server/house.cc", '"../net/udp_socket.h"'),
        ("server/house.cc", '"chat/../net/udp_socket.h"'),
        ("server/doors/plain/plain_door.cc", '"./plain_door.h"'),
        ("server/house_test.cc", '"drivers/../net/udp_socket.h"'),
        ("server/house_test.cc", '"sim/world.h"'),
        ("util/strings.cc", "<string>"),
        ("main.cc", "<string>"),
        ("server/house.hpp", "<string>"),
        ("server/doors/plain/inside/plain_door.cc", "<string>"),
    ],
)
def test_an_arrow_that_runs_back_is_found(tmp_path, file, include):
    found = check(tmp_path, file, f"#include {include}\n")
    assert len(found) == 1
    assert file in found[0]


@pytest.mark.parametrize(
    ("file", "include"),
    [
        # Between rooms.
        ("chat/hub.cc", '"base/result.h"'),
        ("wire/text.cc", '"chat/hub.h"'),
        ("net/udp_socket.h", '"link/datagram_socket.h"'),
        ("net/quic_test.cc", '"link/quic/client.h"'),
        ("server/doors/plain/plain_door.cc", '"wire/text.h"'),
        ("client/chat/chat.cc", '"link/quic/client.h"'),
        ("app/serve/serve.cc", '"server/doors/plain/plain_door.h"'),
        # Inside a room.
        ("chat/hub.cc", '"chat/room.h"'),
        ("chat/hub.cc", "<chat/room.h>"),
        ("link/quic/client.cc", '"link/quic/client.h"'),
        ("link/quic/client.h", '"link/link.h"'),
        ("server/doors/plain/plain_door.h", '"server/doors/plain/feed.h"'),
        ("server/doors/plain/plain_door.h", '"server/doors/door.h"'),
        ("server/doors/plain/plain_door.h", '"server/house.h"'),
        ("app/main.cc", '"app/serve/serve.h"'),
        ("app/serve/serve.cc", '"app/host/privileges.h"'),
        ("app/serve/serve.cc", '"app/control/control_service.h"'),
        ("app/control/control_socket.cc", '"app/host/privileges.h"'),
        # Test drivers, and libraries.
        ("chat/hub_test.cc", '"drivers/hub_driver.h"'),
        ("link/quic/client_test.cc", '"drivers/quic_driver.h"'),
        ("chat/hub.cc", "<vector>"),
        ("chat/result.h", "<tl/expected.hpp>"),
        ("chat/hub_test.cc", "<gtest/gtest.h>"),
        ("base/address.cc", "<net/if.h>"),
        ("base/address.cc", "<unistd.h>"),
        ("base/address.cc", "<fmt/format.h>"),
        ("base/address_test.cc", "<rapidcheck/gtest.h>"),
        ("app/serve/serve.cc", "<boost/asio/io_context.hpp>"),
    ],
)
def test_an_arrow_that_runs_with_the_house_is_not(tmp_path, file, include):
    assert not check(tmp_path, file, f"#include {include}\n")


def test_no_two_rooms_know_each_other():
    for room, others in layering.MAY_KNOW.items():
        assert room not in others
        for other in others:
            beyond = layering.MAY_KNOW[other]
            assert room not in beyond, f"{room}/ and {other}/ know each other"
            assert beyond <= others, f"{room}/ knows {other}/, and not all that that knows"


@pytest.mark.parametrize("room", layering.MAY_KNOW)
def test_each_room_knows_its_own_and_no_other(tmp_path, room):
    """All pairs of rooms, from each depth to each depth."""
    for own in FOLDERS:
        for other in layering.MAY_KNOW:
            for there in FOLDERS:
                wrong = layering.wrong_arrow(f"{room}{own}", f"{other}{there}/file.h", False)
                if other != room:
                    assert (not wrong) == (other in layering.MAY_KNOW[room]), wrong
                elif room != "app" or own:
                    assert (not wrong) == own.startswith(there), wrong
                else:
                    assert not wrong
