#!/usr/bin/env python3
"""Fails on an include that breaks the dependency rules between the folders of src/.

    layering.py SOURCE_DIRECTORY

The rules hold at two levels: between rooms (the folders of src/), and inside a room that has
sub-folders. They are defined here and nowhere else; docs/architecture.md says why.
"""

import pathlib
import re
import sys

# Between rooms. A room may include all sub-folders of the rooms that it may know.
MAY_KNOW = {
    "base": set(),
    "chat": {"base"},
    "wire": {"base", "chat"},
    "guard": {"base"},
    "link": {"base"},
    "store": {"base", "chat"},
    "bus": {"base", "chat", "wire"},
    "net": {"base", "link"},
    "server": {"base", "chat", "guard", "wire", "link"},
    "client": {"base", "chat", "wire", "link", "net"},
    "app": {"base", "chat", "wire", "guard", "link", "store", "bus", "net", "server", "client"},
}

# Inside a room, a folder may include itself and the folders that contain it, up to the room's root,
# with these exceptions. EVERYTHING: all folders of its room.
EVERYTHING = "*"
MAY_ALSO_KNOW = {
    "app": {EVERYTHING},  # main.cc joins them
    "app/serve": {"app/host", "app/control"},
    "app/control": {"app/host"},
}

MOST_FOLDERS = 3  # ROOM/sub/sub/file
DOORS = "server/doors"  # each folder in it is a door

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# chat/ includes the standard library, the rooms that it may know, and these. A header of the
# standard library has no slash and no ending.
CHAT_MAY_ALSO_INCLUDE = {"tl/expected.hpp"}
# base/ includes the system's headers, and only libraries that every room may include.
BASE_MAY_ALSO_INCLUDE = re.compile(
    r"tl/expected\.hpp|fmt/.+|sodium(/.+)?\.h|(sys|net|netinet|arpa|linux)/\w+\.h|\w+\.h"
)
TEST_LIBRARIES = ("gtest/", "gmock/", "rapidcheck")
TEST_ENDING = "_test.cc"
# The folder of tests/ that a test may include, and only a test.
TEST_DRIVERS = "drivers"
# System headers in a folder that has the name of a room.
SYSTEM_HEADERS = {"net/if.h", "net/if_arp.h", "net/ethernet.h", "net/route.h"}


def complaints(source: pathlib.Path):
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        if path.name == "CMakeLists.txt":
            continue
        room, *rest = path.relative_to(source).parts
        if room == "wire" and path.suffix == ".proto":
            continue  # the schema; the code that protoc generates is elsewhere
        if path.suffix not in {".h", ".cc"} or not 1 <= len(rest) <= MOST_FOLDERS:
            yield f"{path}: sources are ROOM/file, ROOM/sub/file or ROOM/sub/sub/file, .h and .cc"
            continue
        if room not in MAY_KNOW:
            yield f"{path}: there is no room {room}/ in this house"
            continue
        folder = path.relative_to(source).parent.as_posix()
        is_test = path.name.endswith(TEST_ENDING)
        for mark, included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if mark == '"' or is_of_the_house(included):
                wrong = wrong_arrow(folder, included, is_test)
            else:
                wrong = wrong_library(room, included, is_test)
            if wrong:
                yield f"{path}: {wrong}"


def is_of_the_house(included: str) -> bool:
    first, slash, _ = included.partition("/")
    return bool(slash) and first in {*MAY_KNOW, TEST_DRIVERS} and included not in SYSTEM_HEADERS


def wrong_arrow(folder: str, included: str, is_test: bool) -> str:
    """Says why a file in `folder` may not include the file `included` of src/; empty if it may."""
    parts = included.split("/")
    if parts[0] == TEST_DRIVERS and len(parts) > 1 and ".." not in parts:
        return "" if is_test else f"only a test may include a test driver ({included})"
    if parts[0] not in MAY_KNOW or len(parts) == 1 or "." in parts or ".." in parts:
        return f'"{included}" is not written as room/file'
    room = folder.split("/")[0]
    other = "/".join(parts[:-1])
    door = "/".join(parts[: DOORS.count("/") + 2])
    if room == "server" and other.startswith(f"{DOORS}/") and not is_in(folder, door):
        return f"{folder}/ may not know the door {door}/ ({included})"
    if parts[0] != room:
        may = parts[0] in MAY_KNOW[room]
        return "" if may else f"{room}/ may not know {parts[0]}/ ({included})"
    if is_in(folder, other):
        return ""
    excepted = MAY_ALSO_KNOW.get(folder, set())
    if EVERYTHING in excepted or any(is_in(other, one) for one in excepted):
        return ""
    return f"{folder}/ may not know {other}/ ({included})"


def is_in(folder: str, other: str) -> bool:
    return f"{folder}/".startswith(f"{other}/")


def wrong_library(room: str, included: str, is_test: bool) -> str:
    if is_standard(included) or (is_test and included.startswith(TEST_LIBRARIES)):
        return ""
    if room == "chat" and included not in CHAT_MAY_ALSO_INCLUDE:
        return f"chat/ is the standard library alone (<{included}>)"
    if room == "base" and not BASE_MAY_ALSO_INCLUDE.fullmatch(included):
        return f"base/ is the standard library, the system and fmt alone (<{included}>)"
    return ""


def is_standard(header: str) -> bool:
    return "/" not in header and "." not in header


if __name__ == "__main__":
    found = list(complaints(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "every arrow runs one way")
    sys.exit(1 if found else 0)
