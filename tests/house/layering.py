#!/usr/bin/env python3
"""Fails on an include that runs against the arrows of the house.

    layering.py SOURCE_DIRECTORY

Who may include whom is written here and nowhere else; docs/architecture.md says why.
"""

import pathlib
import re
import sys

MAY_INCLUDE = {
    "chat": set(),
    "guard": set(),
    "wire": {"chat"},
    "net": {"chat", "wire", "guard"},
    "client": {"chat", "wire", "guard", "net"},
    "bus": {"chat", "wire"},
    "store": {"chat"},
    "app": {"chat", "wire", "guard", "net", "client", "bus", "store"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Beyond these, the domain is the standard library alone. A header of the standard library has no
# slash and no ending.
CHAT_MAY_ALSO_INCLUDE = {"tl/expected.hpp"}
TEST_LIBRARIES = ("gtest/", "gmock/", "rapidcheck")
TEST_ENDINGS = ("_test.cc", "_test_driver.h")


def complaints(source: pathlib.Path):
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        if path.name == "CMakeLists.txt":
            continue
        room, *rest = path.relative_to(source).parts
        if room == "wire" and path.suffix == ".proto":
            continue  # the schema; what protoc makes of it lies elsewhere
        if path.suffix not in {".h", ".cc"} or len(rest) != 1:
            yield f"{path}: sources are ROOM/file.h and ROOM/file.cc"
            continue
        if room not in MAY_INCLUDE:
            yield f"{path}: there is no room {room}/ in this house"
            continue
        for mark, included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            other = included.split("/")[0]
            if mark == '"' or ("/" in included and other in MAY_INCLUDE):
                if other not in MAY_INCLUDE:
                    yield f'{path}: "{included}" is not written as room/file'
                elif other != room and other not in MAY_INCLUDE[room]:
                    yield f"{path}: {room}/ may not know {other}/ ({included})"
            elif room == "chat" and not is_standard(included) and not (
                path.name.endswith(TEST_ENDINGS) and included.startswith(TEST_LIBRARIES)
            ):
                yield f"{path}: chat/ is the standard library alone (<{included}>)"


def is_standard(header: str) -> bool:
    return header in CHAT_MAY_ALSO_INCLUDE or ("/" not in header and "." not in header)


if __name__ == "__main__":
    found = list(complaints(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "every arrow runs one way")
    sys.exit(1 if found else 0)
