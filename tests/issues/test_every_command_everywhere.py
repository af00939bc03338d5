"""Every command of `palabre` in every kind of surroundings: the documented exit code, one sentence at
most, and nothing written where it does not belong."""

import itertools
import os
import resource
import subprocess

import pytest

from members import home
from palabre import DEADLINE, at_home, palabre, run

OK, USAGE, NOUSER, OSERR, CANTCREAT, IOERR, CONFIG = 0, 64, 67, 71, 73, 74, 78  # of <sysexits.h>


class Commands:
    """Each with its arguments; and what it ends with where all is well."""

    def __init__(self, folder, data, server):
        control, at = ("--control", server.control), f"127.0.0.1:{server.port}"
        link = run("invite", "ops", *control)[1].splitlines()[0]
        self._copies = (folder / f"copy-{number}.db" for number in itertools.count())
        self.of_operators = {
            "who": (OK, ("who", *control)),
            "kick": (NOUSER, ("kick", "nobody-here", *control)),
            "mute": (NOUSER, ("mute", "nobody-here", *control)),
            "ban": (OK, ("ban", "192.0.2.1", *control)),
            "unban": (NOUSER, ("unban", "192.0.2.2", *control)),
            "unmute": (NOUSER, ("unmute", "nobody-here", *control)),
            "freeze": (OK, ("freeze", "attic", *control)),
            "slow": (OK, ("slow", "attic", "10", *control)),
            "expel": (NOUSER, ("expel", "nobody-here", "--room", "ops", *control)),
            "operator add": (NOUSER, ("operator", "add", "nobody-here", *control)),
            "operator list": (OK, ("operator", "list", *control)),
            "bot add": (NOUSER, ("bot", "add", "nobody-here", *control)),
            "decisions": (OK, ("decisions", *control)),
            "undo": (NOUSER, ("undo", "999", *control)),
            "invite": (OK, ("invite", "ops", *control)),
            "revoke": (OK, ("revoke", link, *control)),
            "stats": (OK, ("stats", *control)),
            "log": (OK, ("log", "lobby", "--data", data)),
            "check": (OK, ("check", "--data", data)),
            "backup": (OK, ("backup", None, "--data", data)),
        }
        self.of_members = {
            "id": (OK, ("id",)),
            "send": (OK, ("send", at, "hello")),
            "send -": (OK, ("send", at)),
            "tail": (OK, ("tail", at)),
            "chat": (OK, ("chat", at)),
        }
        self.of_nobody = {
            "help": (OK, ("--help",)),
            "version": (OK, ("--version",)),
            "nothing": (USAGE, ()),
            "no command": (USAGE, ("dance",)),
            "serve --bogus": (USAGE, ("serve", "--bogus")),
            "lab impair": (USAGE, ("lab", "impair")),
        }
        self.all = {**self.of_operators, **self.of_members, **self.of_nobody}
        self.silent = {"send", "send -"}  # print nothing where all is well

    def arguments(self, name):
        return [next(self._copies) if word is None else word for word in self.all[name][1]]


@pytest.fixture
def commands(folder, data, server):
    told = subprocess.run(palabre("send", f"127.0.0.1:{server.port}", "hello"), check=False,
                          env=home(folder, "ana"), timeout=DEADLINE)
    assert told.returncode == 0
    return Commands(folder, data, server)


@pytest.fixture
def elsewhere(tmp_path):
    """Where commands are run: nothing of theirs belongs there."""
    yield tmp_path
    assert list(tmp_path.iterdir()) == [], "it is written where it does not belong"


def carried_out(command, elsewhere, environment, how=(), **others):
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **others}
    # Something to say, for those who read it.
    done = subprocess.run([*how, *palabre(*command)], input=b"hello\n", env=environment,
                          cwd=elsewhere, timeout=DEADLINE, check=False, **given)
    said = at_home((done.stderr or b"").decode())
    assert "bug of palabre's" not in said and "terminate called" not in said, said
    assert len([line for line in said.splitlines() if line.startswith("palabre: ")]) <= 1, said
    if done.returncode != OK and given["stderr"] == subprocess.PIPE:
        assert done.returncode > 0, f"ended by signal {-done.returncode}: {said!r}"
    return done.returncode, said, (done.stdout or b"").decode()


ENVIRONMENTS = {
    "USER unset": {"USER": None, "LOGNAME": None},
    "TERM unset": {"TERM": None},
    "TERM dumb": {"TERM": "dumb"},
    "TERM xterm": {"TERM": "xterm"},
    "LANG C": {"LANG": "C"},
    "LANG unset": {"LANG": None},
}


@pytest.mark.parametrize("changed", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_the_environment_changes_no_exit_code(folder, commands, elsewhere, changed):
    environment = {"USER": "ana", **home(folder, "ana")}
    for variable, value in changed.items():
        environment.pop(variable, None)
        if value is not None:
            environment[variable] = value
    for name, (code, _) in commands.all.items():
        got, said, printed = carried_out(commands.arguments(name), elsewhere, environment)
        assert got == code, f"{name}: {got}, {said!r}"
        assert "\x1b" not in said + printed, name


def test_without_a_home_the_account_has_one_or_it_is_said(folder, commands, elsewhere):
    for name, (code, _) in {**commands.of_operators, **commands.of_nobody}.items():
        got, said, _ = carried_out(commands.arguments(name), elsewhere, {"PATH": os.environ["PATH"]})
        assert got == code, f"{name}: {got}, {said!r}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
@pytest.mark.parametrize("kind", ["read-only", "full", "missing"])
def test_a_home_that_cannot_be_written(folder, commands, elsewhere, kind):
    """Somebody without a key: it cannot be made there."""
    environment = home(folder, "kofi")
    mount = {"read-only": 'mount -t tmpfs -o ro none "$HOME"',
             "full": 'mount -t tmpfs -o size=4k none "$HOME" && '
                     '{ head -c 4096 /dev/zero > "$HOME/fill"; }',
             "missing": "true"}[kind]
    if kind == "missing":
        environment.update({variable: "/proc/nowhere" for variable in
                            ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")})
    how = ("unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh")
    for name in commands.of_members:
        got, said, _ = carried_out(commands.arguments(name), elsewhere, environment, how)
        assert got in (CANTCREAT, IOERR), f"{name}: {got}, {said!r}"
        assert said.startswith("palabre: "), f"{name}: {said!r}"
    for name, (code, _) in {**commands.of_operators, **commands.of_nobody}.items():
        got, said, _ = carried_out(commands.arguments(name), elsewhere, environment, how)
        assert got == code, f"{name} needs no home: {got}, {said!r}"


def limited(what, most):
    def limit():
        resource.setrlimit(what, (most, most))
    return limit


def test_few_open_files(folder, commands, elsewhere):
    for most in (8, 12, 16):
        for name, (code, _) in commands.all.items():
            got, said, _ = carried_out(commands.arguments(name), elsewhere, home(folder, "ana"),
                                       preexec_fn=limited(resource.RLIMIT_NOFILE, most))
            if got == code:
                continue
            assert got in (OSERR, IOERR, CANTCREAT), f"{name}, {most}: {got}, {said!r}"
            assert said.count("\n") == 1 and "open" in said, f"{name}, {most}: {said!r}"


def test_short_files(folder, commands, elsewhere):
    """`ulimit -f 64`: of 64 KiB, in bash's blocks."""
    for name, (code, _) in commands.all.items():
        got, said, _ = carried_out(commands.arguments(name), elsewhere, home(folder, "ana"),
                                   preexec_fn=limited(resource.RLIMIT_FSIZE, 65536))
        if name == "backup":  # the only one whose file is longer
            assert got in (OK, IOERR), said
        else:
            assert got == code, f"{name}: {got}, {said!r}"


EVERY_EIGHT = [closed for count in range(4) for closed in itertools.combinations((0, 1, 2), count)]


@pytest.mark.parametrize("closed", EVERY_EIGHT, ids=str)
def test_closed_descriptors(folder, commands, elsewhere, closed):
    def close():
        for descriptor in closed:
            os.close(descriptor)
    for name, (code, _) in commands.all.items():
        got, said, printed = carried_out(commands.arguments(name), elsewhere, home(folder, "ana"),
                                         preexec_fn=close)
        is_at_its_end = name == "chat" and 0 in closed  # before there is anything to print
        prints = name not in commands.silent and code == OK and not is_at_its_end
        assert got == (IOERR if 1 in closed and prints else code), f"{name}: {got}, {said!r}"
        assert 1 not in closed or printed == ""


@pytest.mark.parametrize("output", ["full", "left"])
def test_an_output_that_is_full_or_that_nobody_reads(folder, commands, elsewhere, output):
    read, write = os.pipe()
    os.close(read)
    full = os.open("/dev/full", os.O_WRONLY)
    for name, (code, _) in commands.all.items():
        got, said, _ = carried_out(commands.arguments(name), elsewhere, home(folder, "ana"),
                                   stdout=full if output == "full" else write)
        prints = name not in commands.silent and code == OK
        assert got == (IOERR if output == "full" and prints else code), f"{name}: {got}, {said!r}"
        assert output == "full" or code != OK or said == "", f"{name}: {said!r}"
    os.close(full)
    os.close(write)
