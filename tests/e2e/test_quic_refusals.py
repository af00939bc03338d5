"""Who is refused, and in which words: they say what happened and what to do."""

import contextlib
import re
import socket
import subprocess
import threading
import time
from pathlib import Path


from members import Relay, eventually, free_port, home
from palabre import at_home, DEADLINE, Netcat, Server, palabre, readable, run

UNAVAILABLE, NOT_ALLOWED = 69, 77  # of sysexits


class Somebody:
    """Somebody at home, with a key of their own."""

    def __init__(self, folder, name):
        self.name = name
        self.environment = home(folder, name)
        self.known_servers = Path(self.environment["XDG_CONFIG_HOME"]) / "palabre/known_servers"

    def sends(self, target, *flags):
        """Exit code, and what it says."""
        done = subprocess.run(palabre("send", target, "hello", "--nick", self.name, *flags),
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=DEADLINE, encoding="utf-8")
        return done.returncode, at_home(done.stderr)

    def is_refused(self, target, code, *words):
        """In one line, with these words."""
        ended, errors = self.sends(target)
        assert ended == code, (ended, errors)
        assert errors.startswith("palabre: ") and errors.count("\n") == 1, errors
        for word in words:
            assert word in errors, f"\nsaid:  {errors!r}\nlacks: {word!r}"


def link_of(server, *flags):
    code, output, errors = run("invite", "ops", "--control", server.control, "--host",
                               f"127.0.0.1:{server.port}", *flags)
    assert code == 0, errors
    return output.splitlines()[0]


def test_another_server_than_the_links_is_refused(folder):
    awa = Somebody(folder, "awa")
    with Server("--data", folder / "one") as one, Server("--data", folder / "two") as two:
        link = link_of(one).replace(f":{one.port}/", f":{two.port}/")
        awa.is_refused(link, NOT_ALLOWED, f"127.0.0.1:{two.port}", "pin",
                       "ask for a new link")
        assert awa.sends(link_of(one)) == (0, "")


def test_a_server_whose_key_has_changed_is_refused_until_its_line_is_taken_away(folder):
    awa, port = Somebody(folder, "awa"), free_port()
    target = f"127.0.0.1:{port}"
    with Server("--data", folder / "data", "--port", port):
        assert awa.sends(target) == (0, "")
    with Server("--data", folder / "data", "--port", port):
        assert awa.sends(target) == (0, ""), "the same after a restart"
    with Server("--data", folder / "other", "--port", port):
        awa.is_refused(target, NOT_ALLOWED, target, "is not the one that you know",
                       f"line 1 of {awa.known_servers}", "take that line away")
        awa.known_servers.write_text("")
        assert awa.sends(target) == (0, "")


def test_an_invite_is_good_for_one_and_not_for_long(folder):
    awa, ben = Somebody(folder, "awa"), Somebody(folder, "ben")
    config = folder / "palabre.toml"
    config.write_text('invitation-rooms = ["ops"]\n')
    with Server("--data", folder / "data", "--config", config) as server:
        ops = f"127.0.0.1:{server.port}/ops"
        link = link_of(server)
        ben.is_refused(ops, NOT_ALLOWED, "ops is by invitation", "ask who runs it for an invite")
        assert awa.sends(link) == (0, "")
        ben.is_refused(link, NOT_ALLOWED, "this invite is used up", "Ask for another")
        assert awa.sends(ops) == (0, ""), "who is in stays in"

        short = link_of(server, "--expires", "1s")
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(1.2)
        ben.is_refused(short, NOT_ALLOWED, "this invite is over", "Ask for another")
        ben.is_refused(re.sub("invite=.*", "invite=" + "A" * 22, link), NOT_ALLOWED,
                       "nobody made this invite", "Ask for one")


def test_a_members_nickname_is_nobody_elses(folder):
    awa, thief = Somebody(folder, "awa"), Somebody(folder, "thief")
    with Server("--data", folder / "data") as server:
        target = f"127.0.0.1:{server.port}"
        assert awa.sends(target) == (0, "")
        for _ in range(2):  # the second time after a restart of its own
            thief.name = "awa"
            thief.is_refused(target, NOT_ALLOWED, "taken", "--nick")
            thief.name = "AWA"
            thief.is_refused(target, NOT_ALLOWED, "taken", "--nick")
        with Netcat("nc.openbsd", server.port) as guest:
            guest.comes_online("good day")
            guest.says("/nick awa")
            guest.told("awa is taken", "Choose another: /nick NAME")
        assert awa.sends(target) == (0, "")


def test_where_nobody_listens_or_somebody_else_does_it_says_so(folder):
    awa, port = Somebody(folder, "awa"), free_port()
    awa.is_refused(f"127.0.0.1:{port}", UNAVAILABLE, "Nobody listens at 127.0.0.1",
                   "palabre serve")
    with Server("--data", folder / "data") as server, Relay(server.port, "--loss", 100) as relay:
        awa.is_refused(f"127.0.0.1:{relay.port}", UNAVAILABLE, "No answer from",
                       "firewall", f"UDP port {relay.port}")


class Recorder:
    """Between a client and a server: hands everything on, and keeps what the client has sent."""

    def __init__(self, server_port):
        self._server = ("127.0.0.1", server_port)
        self._near, self._far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "12")
        self._near.bind(("127.0.0.1", 0))
        self._far.connect(self._server)
        self.port = self._near.getsockname()[1]
        self.sent = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._hand_on, daemon=True)

    def _hand_on(self):
        client = None
        while not self._is_over.is_set():
            if readable(self._near, time.monotonic() + 0.005):
                datagram, client = self._near.recvfrom(65536)
                self.sent.append(datagram)
                self._far.send(datagram)
            while client and readable(self._far, 0):
                with contextlib.suppress(ConnectionRefusedError):
                    self._near.sendto(self._far.recv(65536), client)

    def play_again(self):
        """From another address, each once the server has had the time to answer. Returns how many
        datagrams it answers with."""
        answers = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
            thief.connect(self._server)
            for datagram in list(self.sent):
                thief.send(datagram)
                while readable(thief, time.monotonic() + 0.02):
                    thief.recv(65536)
                    answers += 1
        return answers

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *trace):
        self._is_over.set()
        self._thread.join(DEADLINE)
        self._near.close()
        self._far.close()


def test_a_login_that_is_played_again_is_nobodys(folder):
    """All that a member has sent, from its first datagram on, comes once more from elsewhere."""
    awa = Somebody(folder, "awa")
    with Server("--data", folder / "data") as server, Recorder(server.port) as recorder:
        assert awa.sends(f"127.0.0.1:{recorder.port}") == (0, "")
        assert len(recorder.sent) > 3
        # The first of them is an honest beginning, once the connection is over that began with it.
        eventually(recorder.play_again, "it is answered")
        code, output, _ = run("log", "lobby", "--data", folder / "data")
        assert code == 0 and output.count("awa> hello") == 1, output
        code, output, _ = run("who", "--control", server.control)
        assert code == 0 and "awa" not in output, output
