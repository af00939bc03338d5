"""Helpers for the tests of the lab's programs: start one, read its output, talk to it.

Nothing here sleeps in the hope that something is ready: it waits for the event itself, with a
deadline. Every process started is ended, and every datagram stays on this machine.
"""

import contextlib
import functools
import os
import random
import selectors
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("PALABRE_BIN") or ROOT / "build/release/bin").resolve()
DEADLINE = 20.0  # seconds: far beyond what anything here takes

CREATED = "Socket créée avec succès ! (3)\n"
ATTACHED = CREATED + "Socket attachée avec succès !\n"


def program(name):
    path = BIN / name
    assert path.exists(), f"{path} is not built (PALABRE_BIN names the folder of the programs)"
    return str(path)


def installed(command, package):
    """The command; fails, instead of skipping, with the name of a missing Debian package."""
    assert shutil.which(command), f"{command} is missing: apt-get install {package}"
    return command


_held = []  # locks that reserve the ports of this process, until it ends


def free_port():
    """A UDP port that is reserved for this test, however many tests run in parallel.

    The kernel assigns none of these (they are below its own range), and a test that takes one binds
    the TCP port of the same number, so that no other test takes it.
    """
    for port in random.sample(range(20000, 32000), 200):
        lock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            lock.bind(("", port))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind(("", port))
        except OSError:
            lock.close()
            continue
        _held.append(lock)
        return port
    raise AssertionError("no free port between 20000 and 31999")


def wait_until_bound(port):
    """Returns once some program holds this UDP port."""
    end = time.monotonic() + DEADLINE
    while f":{port:04X} " not in Path("/proc/net/udp").read_text():
        assert time.monotonic() < end, f"nobody came to listen at port {port}"
        time.sleep(0.01)


def run(*command, **options):
    """Runs a command to its end: (exit code, standard output, standard error)."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    done = subprocess.run([str(word) for word in command], timeout=DEADLINE, **options)
    return done.returncode, done.stdout.decode(), (done.stderr or b"").decode()


class Running:
    """A running command, in its own process group; the end of the `with` ends it.

    Entering the `with` waits for the `greeting`, which shows that it is ready. Leaving it checks
    that nothing unexpected was printed.
    """

    def __init__(self, *command, greeting=""):
        self.greeting = greeting
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def expect(self, text, stream="stdout"):
        """Checks that the next bytes printed are exactly these, while the program runs."""
        expected = text.encode()
        pipe = getattr(self.process, stream)
        got = b""
        end = time.monotonic() + DEADLINE
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while len(got) < len(expected) and expected.startswith(got):
                if not selector.select(max(0.0, end - time.monotonic())):
                    break
                chunk = os.read(pipe.fileno(), len(expected) - len(got))
                if not chunk:
                    break
                got += chunk
        assert got == expected, f"\nprinted:  {got.decode(errors='replace')!r}\nexpected: {text!r}"

    def type(self, text):
        """Types one line: a netcat sends it as one datagram."""
        self.process.stdin.write(text.encode())

    def end(self):
        """Waits for its own end: (exit code, rest of its output, rest of its errors)."""
        output, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, output.decode(), errors.decode()

    def __enter__(self):
        try:
            self.expect(self.greeting)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if self.process.returncode is not None:
            return
        # Not reaped yet, so the pid is its own. SIGKILL, since some netcats react to other signals.
        os.killpg(self.process.pid, signal.SIGKILL)
        rest = self.process.communicate(timeout=DEADLINE)
        if kind is None:
            assert rest == (b"", b""), f"printed what nobody expected: {rest}"
            assert self.process.returncode == -signal.SIGKILL, "ended before the test did"


@functools.cache
def _why_no_strace():
    code, _, errors = run(installed("strace", "strace"), "-qq", "-o", os.devnull, "true")
    return "" if code == 0 else f"strace cannot trace here: {errors.strip() or code}"


def tampered(call, what, log=os.devnull):
    """A command prefix that makes a system call fail: tampered("bind", "error=EPERM").

    `log` gets the calls that concern the socket, one per line.
    """
    if _why_no_strace():
        pytest.skip(_why_no_strace())
    # A build with sanitizers checks for leaks at its end, which fails under strace.
    return ["strace", "-qq", "-a", "1", "-E", "ASAN_OPTIONS=detect_leaks=0", "-o", log,
            "-e", "trace=%network,close", "-e", f"inject={call}:{what}"]


@contextlib.contextmanager
def private_network():
    """A private network with loopback only: yields the prefix that runs a command in it.

    There the default port 5000 is free, whatever else runs on this machine.
    """
    installed("ip", "iproute2")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    code, _, errors = run("unshare", *user, "--net", "true")
    if code != 0:
        pytest.skip(f"no network namespace is permitted here: {errors.strip()}")
    inside = ["--user", "--preserve-credentials"] if user else []
    loopback_up = "ip link set lo up && echo up && exec cat"
    with Running("unshare", *user, "--net", "sh", "-c", loopback_up, greeting="up\n") as holder:
        yield ["nsenter", "--target", holder.process.pid, *inside, "--net"]


class Client:
    """A client of the chat: a bare socket on one of this machine's addresses."""

    def __init__(self, server_port, host="127.0.0.1", port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE)
        self.socket.bind((host, port))
        self.server = ("127.0.0.1", server_port)
        self.host, self.port = self.socket.getsockname()
        self.name = f"[{self.host}:{self.port}]"

    def say(self, text):
        self.socket.sendto(text if isinstance(text, bytes) else text.encode(), self.server)

    def hears(self, text):
        """Checks that the next datagram is exactly this one; so none came before it."""
        data, sender = self.socket.recvfrom(65536)
        assert data == text.encode(), f"\nheard:    {data!r}\nexpected: {text.encode()!r}"
        assert sender == self.server


class Chat(Running):
    """serveurChat on its own port, and its clients; `before` is a prefix of the command."""

    def __init__(self, before=(), port=None):
        self.port = port or free_port()
        self.online = []
        self.gone = []  # clients that no longer listen
        super().__init__(*before, program("serveurChat"), self.port, greeting=ATTACHED + "\n")

    def client(self, host="127.0.0.1"):
        return Client(self.port, host)

    def received(self, sender, shown):
        return f"Message : {shown}\n  -> reçu du client {sender.name}\n"

    def sent(self, receiver, shown):
        return f"Message : {shown}\n  -> envoyé à {receiver.name}\n"

    def who_is_online(self):
        return "Liste des clients en ligne :\n" + "".join(f"{c.name}\n" for c in self.online)

    def relays(self, sender, text, shown):
        """`sender` sends `text`: the log says exactly that, and all others receive `shown`."""
        others = [client for client in self.online if client is not sender]
        if sender not in self.online:
            self.online.append(sender)
        log = self.received(sender, shown) + "".join(self.sent(c, shown) for c in others)
        if others:
            log += f"Le message a été envoyé à {len(others)} client(s)\n"
        sender.say(text)
        self.expect(log + self.who_is_online())
        for client in others:
            if client not in self.gone:
                client.hears(f"{sender.name}> {shown}\n")

    def refuses(self, sender, text, shown, reason):
        """`sender` sends `text`: it receives the reason of the refusal, and nobody else does."""
        sender.say(text)
        self.expect(self.received(sender, shown) + reason)
        sender.hears(reason)
