#!/usr/bin/env python3
"""clang-tidy on many sources as one, so that shared headers are parsed once.

    tidy.py BUILD_DIRECTORY CHECKS SOURCE...

Where two sources define the same name, the second is checked alone, which costs time. CHECKS all:
all checks of .clang-tidy, on each source alone, so that a missing include is found.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

CLASH = re.compile(r"^(/[^:]+\.cc):\d+:\d+: error: .*\[clang-diagnostic-error\]", re.MULTILINE)


def flags(build: pathlib.Path, sources: list[str]):
    """The compile options of these sources that clang-tidy needs."""
    wanted = re.compile("-[DI]|-std=")
    found = {}  # in order
    for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        if not any(source in sources for source in compiled(command["file"])):
            continue
        words = iter(shlex.split(command["command"]))
        for word in words:
            if word == "-isystem":
                found[("-isystem", next(words))] = None
            elif wanted.match(word):
                found[(word,)] = None
    return [word for words in found for word in words]


def compiled(file: str):
    """The sources of a compiled file: a unity build compiles a room as one file that includes them."""
    if "/Unity/" not in file:
        return [file]
    return re.findall('^#include "(.*)"', pathlib.Path(file).read_text(encoding="utf-8"), re.MULTILINE)


def tidy(checks: str, source, compiled_with: list[str]):
    chosen = [] if checks == "all" else [f"--checks={checks}"]
    done = subprocess.run(["clang-tidy", "--quiet", *chosen, source, "--", *compiled_with],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
                          check=False)
    return done.returncode, done.stdout


def main(build, checks, *sources):
    together, alone = list(sources), []
    compiled_with = flags(pathlib.Path(build), together)
    code = 0
    if checks == "all":
        alone, together = together, alone
    # In the build directory, from where clang-tidy finds its configuration in the folders above.
    with tempfile.NamedTemporaryFile("w", suffix=".cc", dir=build, encoding="utf-8") as all_of_them:
        while together:
            all_of_them.seek(0)
            all_of_them.truncate()
            all_of_them.writelines(f'#include "{source}"\n' for source in together)
            all_of_them.flush()
            code, said = tidy(checks, all_of_them.name, compiled_with)
            clashing = set(CLASH.findall(said)) & set(together[1:])
            if not clashing:
                print(said, end="")
                break
            alone += sorted(clashing)
            together = [source for source in together if source not in clashing]
    for source in alone:
        code_of_one, said = tidy(checks, source, compiled_with)
        print(f"{source}, alone:\n{said}", end="")
        code = code or code_of_one
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
