"""What the server may do beyond an ordinary user: nothing. And what it is as a service of systemd:
the sockets passed to it, what it tells of itself, the unit that holds it.

No systemd runs here: `as_service.py` starts the server in its way. Whether the unit is right is
asked of systemd-analyze, and of the system calls that a busy server makes.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from palabre import BIN, DEADLINE, ROOT, Server, palabre, readable, run

UNIT = ROOT / "packaging/systemd/palabre.service"
SOCKET_UNIT = ROOT / "packaging/systemd/palabre.socket"
MOST_EXPOSURE = 1.5
NO_CAPABILITY = "0" * 16

is_root = os.geteuid() == 0
as_root = pytest.mark.skipif(not is_root, reason="only root has privileges to give up")


# The runtime of a sanitizer makes calls of its own, and its search for leaks wants to trace.
only_what_people_run = pytest.mark.skipif(bool(os.environ.get("PALABRE_SANITIZED")),
                                          reason="it is the release build's calls that count")


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


@pytest.fixture
def folder():
    """A folder of the ordinary user's, with a copy of the server that it can run, wherever the
    build is."""
    with tempfile.TemporaryDirectory(prefix="palabre-") as name:
        path = Path(name)
        path.chmod(0o755)
        shutil.copy(BIN / "palabre", path / "palabre")
        (path / "run").mkdir()
        if is_root:
            os.chown(path / "run", 65534, 65534)
        yield path


def as_service(*options, within=(), environment=None, program=None):
    """How to start a server so: see as_service.py. `within` runs it in turn."""
    assigned = [f"{name}={value}" for name, value in (environment or {}).items()]
    script = Path(__file__).with_name("as_service.py")

    def command(palabre):
        own = [program or palabre[0], *palabre[1:]]
        return [shutil.which("env"), *assigned, sys.executable, script, *map(str, options),
                *within, *own]

    return command


def status_of(server):
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    return dict(re.fullmatch(r"(\w+):\t(.*)", line).groups() for line in text.splitlines())


def relays(server):
    a, b = server.guests(2)
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


# -------------------------------------------------------------------------------- privileges


def has_no_privilege(server):
    status = status_of(server)
    for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert status[which] == NO_CAPABILITY, (which, status[which])
    assert status["NoNewPrivs"] == "1"
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    return status


@as_root
def test_root_is_given_up_for_good_and_the_guests_are_served_all_the_same():
    with Server() as server:
        status = has_no_privilege(server)
        assert status["CapBnd"] == NO_CAPABILITY
        assert status["Groups"].strip() == ""
        relays(server)


@as_root
@pytest.mark.parametrize("name", ["palabre", "nobody"])
def test_root_becomes_the_user_that_is_named(name):
    names = {user.pw_name: user for user in pwd.getpwall()}
    if name not in names:
        pytest.skip(f"there is no user {name}")
    expected = names[name]
    with Server("--user", name) as server:
        status = status_of(server)
        assert status["Uid"].split() == [str(expected.pw_uid)] * 4
        assert status["Gid"].split() == [str(expected.pw_gid)] * 4
        server.end()
        lines = [line for line in server.log().splitlines() if "root no more" in line]
        assert len(lines) == 1 and f"as {expected.pw_name}," in lines[0]


@as_root
@needs("setpriv")
def test_the_capabilities_that_an_ordinary_user_was_given_are_given_up(folder):
    def with_capabilities(command):
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                "--inh-caps=+net_bind_service,+setpcap", "--ambient-caps=+net_bind_service,+setpcap",
                str(folder / "palabre"), *command[1:]]
    with Server("--control", folder / "run/control", started_by=with_capabilities) as server:
        assert has_no_privilege(server)["CapBnd"] == NO_CAPABILITY
        relays(server)
        server.end()
        assert "those that it was given are given up" in server.log()


def test_an_ordinary_user_stays_who_it_is(folder):
    with Server("--control", folder / "run/control",
                started_by=as_service("--nobody", program=folder / "palabre")) as server:
        status = has_no_privilege(server)
        assert status["Uid"].split() == [str(65534 if is_root else os.geteuid())] * 4
        relays(server)


def test_nobody_of_the_same_user_can_look_into_its_memory(folder):
    # As an ordinary user from the start: who leaves root cannot be dumped, whatever it asks for.
    with Server("--control", folder / "run/control",
                started_by=as_service("--nobody", program=folder / "palabre")) as server:
        # What belongs to a process that cannot be dumped belongs to root.
        assert os.stat(f"/proc/{server.process.pid}/mem").st_uid == 0
        if not is_root:
            with pytest.raises(PermissionError):
                os.listdir(f"/proc/{server.process.pid}/fd")


@as_root
def test_what_root_put_back_is_given_to_the_user_the_server_becomes(folder):
    """A backup that root unpacked, say: rooms and the server's own keys are all root's."""
    data = folder / "data"
    with Server("--data", data):
        key = (data / "server.key").read_bytes()
    for file in [data, *data.iterdir()]:
        os.chown(file, 0, 0)
    with Server("--data", data):
        assert (data / "server.key").read_bytes() == key
    assert {file.stat().st_uid for file in [data, *data.iterdir()]} == {65534}


@as_root
@needs("setpriv")
def test_root_that_may_not_become_anybody_ends_with_one_sentence():
    command = ["setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid",
               str(BIN / "palabre"), "serve", "--user", "nobody", "--port", "0", "--memory",
               "--log-level", "error"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=DEADLINE,
                          env={**os.environ, "XDG_RUNTIME_DIR": "/nowhere"})
    assert done.returncode == 71, done
    assert "as an ordinary user" in done.stderr and done.stdout == ""
    assert [line for line in done.stderr.splitlines() if line.startswith("palabre: ")] == [
        done.stderr.splitlines()[-1]]


# ----------------------------------------------------------------------------- passed sockets


@contextlib.contextmanager
def bound(family=socket.AF_INET6, kind=socket.SOCK_DGRAM, host="::"):
    with socket.socket(family, kind) as made:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if "\nPassPacketInfo=yes\n" in SOCKET_UNIT.read_text():
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        made.bind((host, 0))
        if kind == socket.SOCK_STREAM:
            made.listen()
        yield made


def passed(*sockets, **others):
    """The `Server` arguments for these passed sockets."""
    numbers = [made.fileno() for made in sockets]
    return {"started_by": as_service("--sockets", ",".join(map(str, numbers)), **others),
            "descriptors": numbers}


@pytest.mark.parametrize("order", ["UDP first", "TCP first"])
def test_a_passed_udp_socket_is_served_whatever_its_place_beside_a_tcp_one(order):
    with bound() as udp, bound(kind=socket.SOCK_STREAM) as tcp:
        sockets = (udp, tcp) if order == "UDP first" else (tcp, udp)
        with Server(**passed(*sockets)) as server:
            assert server.port == udp.getsockname()[1]
            old, new = server.guest("127.0.0.1"), server.guest("::1")
            old.comes_online()
            new.comes_online("1 other")
            old.says("salut !")
            new.hears(f"{old.name}> salut !")


def test_a_passed_socket_of_ipv4_alone_is_served():
    with bound(socket.AF_INET, host="127.0.0.1") as udp, Server(**passed(udp)) as server:
        assert server.port == udp.getsockname()[1]
        relays(server)


def test_what_was_said_before_the_server_was_there_is_not_lost():
    with bound() as udp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as early:
        early.connect(("127.0.0.1", udp.getsockname()[1]))
        early.send(b"/nick awa\n")
        with Server(**passed(udp)) as server:
            assert readable(early, time.monotonic() + DEADLINE)
            assert early.recv(2000).startswith(b"-- Welcome")
            late = server.guest().comes_online("1 other")
            late.says("/who")
            late.told("awa*")


def test_answers_leave_a_passed_socket_from_the_address_that_was_written_to():
    with bound() as udp, Server(**passed(udp)) as server:
        server.guest("127.0.0.9").comes_online()


def test_a_tcp_socket_alone_leaves_the_udp_port_to_be_bound():
    with bound(kind=socket.SOCK_STREAM) as tcp, Server(**passed(tcp)) as server:
        relays(server)


@pytest.mark.parametrize("wrong, words", [
    (lambda: [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)], "not bound"),
    (lambda: [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)], "no socket of UDP or TCP"),
    (lambda: [socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
              socket.socket(socket.AF_INET, socket.SOCK_DGRAM)], "a second UDP socket"),
], ids=["not bound", "of files", "two"])
def test_what_cannot_be_served_is_refused_with_78_and_one_sentence(wrong, words):
    sockets = wrong()
    try:
        arguments = passed(*sockets)
        done = subprocess.run(
            arguments["started_by"](palabre("serve", "--port", "0", "--memory")),
            pass_fds=arguments["descriptors"], capture_output=True, encoding="utf-8",
            timeout=DEADLINE)
    finally:
        for made in sockets:
            made.close()
    assert done.returncode == 78, done
    assert done.stderr.startswith("palabre: ") and done.stderr.count("\n") == 1
    assert words in done.stderr


def test_sockets_that_were_passed_to_another_process_are_none_of_its_business():
    environment = {"LISTEN_PID": 1, "LISTEN_FDS": 1}
    with Server(started_by=as_service(environment=environment)) as server:
        relays(server)


# ------------------------------------------------------------------- what it tells of itself


class ServiceManager:
    """Hears what services tell; the end of its `with` closes its ears."""

    def __init__(self):
        # Abstract: no folder has to be open to whoever the server becomes.
        self.name = f"@palabre-test-{os.getpid()}-{id(self)}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:])

    def hears(self):
        assert readable(self.socket, time.monotonic() + DEADLINE), "nothing was told"
        return self.socket.recv(4096).decode().splitlines()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.socket.close()


def told_to(manager, *options, **others):
    return as_service(*options, environment={"NOTIFY_SOCKET": manager.name}, **others)


def test_it_tells_the_service_manager_when_it_is_ready_and_when_it_stops():
    with ServiceManager() as manager, Server(started_by=told_to(manager)) as server:
        assert manager.hears() == ["READY=1", f"STATUS=Listening on [:::{server.port}]"]
        relays(server)
        server.end()
        assert manager.hears()[0] == "STOPPING=1"
        assert not readable(manager.socket, 0)


def test_it_says_that_it_lives_at_half_the_time_after_which_it_would_be_believed_dead():
    wanted = 1.0
    with ServiceManager() as manager, \
            Server(started_by=told_to(manager, "--watchdog", int(wanted * 1e6))) as server:
        while manager.hears()[0] != "READY=1":
            pass
        began = time.monotonic()
        for _ in range(4):  # three times half the time, and what is left of the one before
            assert manager.hears() == ["WATCHDOG=1"]
        assert 3 * wanted / 2 * 0.9 <= time.monotonic() - began <= 3 * wanted * 0.9
        with server.paused():
            while readable(manager.socket, 0):
                assert manager.hears() == ["WATCHDOG=1"]
            # The one wait of this file that shows that something does not happen.
            assert not readable(manager.socket, time.monotonic() + 2 * wanted)
        assert manager.hears() == ["WATCHDOG=1"]


def test_a_service_manager_that_is_gone_costs_a_line_of_the_log():
    starts = as_service(environment={"NOTIFY_SOCKET": "@palabre-test-nobody-is-here"})
    with Server(started_by=starts) as server:
        relays(server)
        server.logs("cannot be told")


# ----------------------------------------------------------------------------------- the unit


def unit_lines(key):
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


def group(name):
    """The system calls of a group of systemd's."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True,
                            capture_output=True, encoding="utf-8").stdout
    calls = set()
    for line in listed.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            calls |= group(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def permitted_calls():
    """Those of the unit, and those that systemd permits to every service that has a list."""
    calls = group("@default")
    for word in " ".join(unit_lines("SystemCallFilter")).split():
        assert not word.startswith("~"), "the list is one of what is permitted"
        calls |= group(word) if word.startswith("@") else {word}
    return calls


def everything_happens_to(server, control, manager):
    """A few hundred guests and messages, operators, both signals; the test then ends it."""
    while manager.hears()[0] != "READY=1":
        pass
    author, *readers = server.guests(200)
    author.says("/nick awa")
    author.told("You are awa*")
    for number in range(300):
        author.says(f"message {number}")
        if number % 100 == 99:  # so that they keep up; what is lost is another test's matter
            for reader in readers:
                reader.hears(*(f"awa*> message {n}" for n in range(number - 99, number + 1)))
    mover, leaver = readers[0], server.guest("::1").comes_online()
    author.says("/history 5")
    author.told("Here is #296 to #300")
    for number in range(295, 300):
        author.hears(f"#{number + 1} awa*> message {number}")
    author.says("/from 1")  # from the disk
    author.told("Here is #1 to #300")
    for number in range(300):
        author.hears(f"#{number + 1} awa*> message {number}")
    mover.says("/join ops")
    mover.told("You are in ops")
    mover.says("/who")
    mover.told("In ops")
    leaver.says("/quit")
    leaver.told("Goodbye")
    for words in (["who"], ["stats"]):
        code, output, errors = run(*words, "--control", control)
        assert code == 0 and output, errors
    server.process.send_signal(signal.SIGUSR1)
    server.logs("datagrams so far")
    while manager.hears() != ["WATCHDOG=1"]:
        pass


def a_dead_control_socket(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    os.chmod(path, 0o777)
    if is_root:
        os.chown(path, 65534, 65534)


@contextlib.contextmanager
def busy_service(folder, *options, within=()):
    """A server as systemd starts it, to which everything happens and which then has ended well."""
    control = folder / "run/control"
    a_dead_control_socket(control)
    file = folder / "palabre.toml"
    file.write_text("max-guests = 1000\n")
    with bound() as udp, bound(kind=socket.SOCK_STREAM) as tcp, ServiceManager() as manager:
        numbers = f"{udp.fileno()},{tcp.fileno()}"
        starts = told_to(manager, "--sockets", numbers, "--watchdog", 200000, "--nobody", *options,
                         within=within, program=folder / "palabre")
        with Server("--config", file, "--control", control, "--data", folder / "run/data",
                    started_by=starts,
                    descriptors=(udp.fileno(), tcp.fileno())) as server:
            everything_happens_to(server, control, manager)
            server.end()
            assert f"control socket at {control}" in server.log()
    yield


def can_trace():
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True,
                           encoding="utf-8")
    return None if tried.returncode == 0 else f"no process may be traced here: {tried.stderr}"


@only_what_people_run
@needs("systemd-analyze")
def test_a_busy_server_makes_no_system_call_outside_the_units_list(folder):
    if reason := can_trace():
        pytest.skip(reason)
    trace = folder / "run/trace"
    # -D: the server is the process that was started, and strace is a child of its own.
    strace = [shutil.which("strace"), "-D", "-f", "-qq", "-o", trace]
    with busy_service(folder, within=strace):
        made = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))
    assert {"execve", "mmap", "recvmmsg", "sendmmsg", "exit_group"} <= made, "not all was traced"
    assert made - permitted_calls() == set()


@only_what_people_run
@needs("systemd-analyze")
def test_a_busy_server_lives_where_a_call_outside_the_units_list_kills(folder):
    pytest.importorskip("seccomp", reason="python3-seccomp is not installed")
    with busy_service(folder, "--calls", ",".join(sorted(permitted_calls()))):
        pass


@needs("systemd-analyze")
@pytest.mark.parametrize("missing", ["recvmmsg", "capget", "flock"])
def test_the_list_without_one_of_its_calls_does_kill(folder, missing):
    pytest.importorskip("seccomp", reason="python3-seccomp is not installed")
    calls = ",".join(sorted(permitted_calls() - {missing}))
    starts = as_service("--nobody", "--calls", calls, program=folder / "palabre")
    command = starts([str(BIN / "palabre"), "serve", "--port", "0", "--memory", "--control",
                      str(folder / "run/control")])
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=output)
        try:
            line = process.stdout.readline()
            if found := re.match(rb"Palabre listens on UDP port (\d+)", line):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as guest:
                    guest.sendto(b"salut !\n", ("127.0.0.1", int(found[1])))
            assert process.wait(DEADLINE) == -signal.SIGSYS
        finally:
            process.kill()
            process.communicate()


@needs("systemd-analyze")
def test_the_unit_exposes_little():
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", UNIT], check=True,
                          capture_output=True, encoding="utf-8").stdout
    exposure = re.search(r"Overall exposure level for palabre.service: ([\d.]+)", said)
    assert float(exposure[1]) <= MOST_EXPOSURE, said


@needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_in_the_units(folder):
    for unit in (UNIT, SOCKET_UNIT):
        text = unit.read_text().replace("/usr/bin/palabre", str(folder / "palabre"))
        (folder / unit.name).write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", *(folder / unit.name for unit in
                                                         (UNIT, SOCKET_UNIT))],
                          capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_no_roots_and_holds_all_calls_by_name():
    assert unit_lines("DynamicUser") == ["yes"] and unit_lines("User") == []
    assert unit_lines("CapabilityBoundingSet") == [""] and unit_lines("AmbientCapabilities") == [""]
    assert unit_lines("Type") == ["notify"] and unit_lines("WatchdogSec")
    words = " ".join(unit_lines("SystemCallFilter")).split()
    assert len(words) == len(set(words)) and not any(word.startswith("@") for word in words)
