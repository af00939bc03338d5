"""Helpers for the tests of the guard: a private LAN, hosts on it, and forged datagrams.

Each host is a network namespace, attached to a bridge in another one; nothing leaves them, and
they end with the test, however it ends: a namespace lives as long as the process that holds it,
which ends when the pipe to it closes. This needs root; without it the tests are skipped, which
ctest reports.
"""

import collections
import contextlib
import ctypes
import ipaddress
import os
import re
import shutil
import socket
import struct
import subprocess
import time

import pytest

import guard_figures
from palabre import Guest, Server, readable

CLONE_NEWNET = 0x40000000
ETH_P_IP = 0x0800
PACKET_HOST = 0  # the type of a frame sent to this host
SO_RCVBUFFORCE = 33
CTEST_SKIPPED = 77

_libc = ctypes.CDLL(None, use_errno=True)
_HOME = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

if shutil.which("unshare") is None or subprocess.run(
        ["unshare", "--net", "true"], stderr=subprocess.DEVNULL).returncode:
    pytest.exit("a network namespace cannot be had: run these tests as root", CTEST_SKIPPED)


def _enter(namespace):
    if _libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*words):
    """Runs `ip` in the current network namespace."""
    subprocess.run(["ip", *map(str, words)], check=True)


class Host:
    """A machine on the LAN: a network namespace, and the programs that a test starts in it."""

    def __init__(self):
        self.ends = contextlib.ExitStack()
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  start_new_session=True)
        self.ends.callback(holder.communicate)
        holder.stdout.readline()  # the namespace exists now
        self.pid = holder.pid
        self._namespace = os.open(f"/proc/{holder.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.ends.callback(os.close, self._namespace)
        with self.entered():
            _ip("link", "set", "lo", "up")
            for what in ("all", "default"):
                with open(f"/proc/sys/net/ipv4/conf/{what}/rp_filter", "w") as setting:
                    setting.write("0")  # accept any source address

    @contextlib.contextmanager
    def entered(self):
        """A socket or a process created within the `with` belongs to this host for good."""
        _enter(self._namespace)
        try:
            yield self
        finally:
            _enter(_HOME)

    def owns(self, network):
        """Gives the host all addresses of `network`, too."""
        with self.entered():
            _ip("route", "add", "local", network, "dev", "lo")
        return self

    def reaches_no_more(self, address):
        """Sending to `address` fails at once from now on."""
        with self.entered():
            _ip("route", "add", "unreachable", address)

    def serve(self, *flags):
        """`palabre serve`, until the end of the test."""
        with self.entered():
            server = self.ends.enter_context(Server(*flags))
        server.host = self
        return server

    def guest(self, server, own=None):
        """A guest on this host, not online yet, at the address `own`. On the server's own host it
        uses loopback, which has no rate limit."""
        host = "127.0.0.1" if self is server.host else server.host.address
        with self.entered():
            guest = Guest(server.port, host, own and (own, 0))
        self.ends.callback(guest.hang_up)
        return guest

    def run(self, program, *arguments):
        """Starts one of the programs in tests/load here."""
        with self.entered():
            process = guard_figures.start(program, *arguments)
        self.ends.callback(guard_figures.end, process)
        return process

    def flood(self, server, **options):
        """Starts to flood the server with datagrams from forged sources."""
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return self.run("flood", "--to", f"{server.host.address}:{server.port}", *words)

    def forger(self):
        """A function that sends a datagram with any source: forge(("20.0.0.1", 4000), to, text)."""
        with self.entered():
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.ends.callback(raw.close)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)

        def forge(source, to, text):
            payload = text if isinstance(text, bytes) else text.encode()
            size = 28 + len(payload)
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, socket.IPPROTO_UDP, 0,
                             socket.inet_aton(source[0]), socket.inet_aton(to[0]))
            udp = struct.pack("!HHHH", source[1], to[1], 8 + len(payload), 0)
            raw.sendto(ip + udp + payload, (to[0], 0))
        return forge

    def tap(self):
        """Captures the datagrams that arrive at this host from now on."""
        with self.entered():
            tap = Tap()
        self.ends.callback(tap.socket.close)
        return tap


class Lan:
    """A bridge, and hosts on it: `with Lan() as lan: lan.host("10.9.0.1")`. A /16."""

    def __enter__(self):
        self._ends = contextlib.ExitStack()
        self._hosts = 0
        self._switch = self._add()
        with self._switch.entered():
            _ip("link", "add", "lan", "type", "bridge", "mcast_snooping", 0)
            _ip("link", "set", "lan", "up")
        return self

    def _add(self):
        host = Host()
        self._ends.callback(host.ends.close)
        return host

    def host(self, address, gateway=None):
        """Adds a host, with `gateway` as its default gateway."""
        host = self._add()
        host.address = address
        self._hosts += 1
        port = host.port = f"port{self._hosts}"
        with host.entered():
            _ip("link", "add", "lan0", "type", "veth", "peer", "name", port, "netns",
                self._switch.pid)
            _ip("address", "add", f"{address}/16", "dev", "lan0")
        with self._switch.entered():
            _ip("link", "set", port, "master", "lan", "up")
        with host.entered():
            _ip("link", "set", "lan0", "up")
            if gateway:
                _ip("route", "add", "default", "via", gateway)
        return host

    def unplug(self, host):
        """Unplugs the host: nothing reaches it, and nothing comes from it."""
        with self._switch.entered():
            _ip("link", "set", host.port, "nomaster")

    def plug_in(self, host):
        with self._switch.entered():
            _ip("link", "set", host.port, "master", "lan")

    def __exit__(self, *trace):
        self._ends.__exit__(*trace)


Datagram = collections.namedtuple("Datagram", "when source to payload")


class Tap:
    """The UDP datagrams that arrive at a host."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 128 << 20)
        self.socket.setblocking(False)

    def datagrams(self):
        """The datagrams that have arrived since the last call."""
        while readable(self.socket, 0):
            packet, (_, _, kind, _, _) = self.socket.recvfrom(65536)
            header = (packet[0] & 0x0F) * 4
            if kind != PACKET_HOST or packet[9] != socket.IPPROTO_UDP:
                continue
            source, to, size = struct.unpack_from("!HHH", packet, header)
            yield Datagram(time.monotonic(), (socket.inet_ntoa(packet[12:16]), source),
                           (socket.inet_ntoa(packet[16:20]), to),
                           packet[header + 8:header + size])


def addresses(first, count):
    """`count` consecutive addresses from `first` on."""
    start = int(ipaddress.IPv4Address(first))
    return [str(ipaddress.IPv4Address(start + number)) for number in range(count)]


def enters_by_code(guest):
    """A public guest comes online: it is sent a code, and sends it back."""
    code = asks_for_a_code(guest)
    guest.says(code)
    guest.told("Welcome")
    return code


def asks_for_a_code(guest):
    guest.says("good day, is anybody here?")
    return re.fullmatch(r"-- send ([0-9A-HJKMNP-TV-Z]{8})", guest.hears_a_line())[1]
