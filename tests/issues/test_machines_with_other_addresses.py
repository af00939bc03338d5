"""A name with two addresses, the first of which is another program's; a machine without IPv6."""

import ctypes
import platform
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

from members import home
from palabre import DEADLINE, Server, palabre, readable

OTHER_VERSION = 0x6B3343CF  # of QUIC: RFC 9369, which palabre does not speak
AF_INET6 = 10
EAFNOSUPPORT = 97


class AnotherQuicProgram:
    """Tells every client that it speaks another version (RFC 9000, 17.2.1)."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.asked = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)

    def _answer(self):
        while not self._is_over.is_set():
            if not readable(self.socket, time.monotonic() + 0.05):
                continue
            packet, client = self.socket.recvfrom(2048)
            destination_end = 6 + packet[5]
            destination = packet[5:destination_end]
            source = packet[destination_end:destination_end + 1 + packet[destination_end]]
            self.asked += 1
            self.socket.sendto(struct.pack("!BI", 0x80, 0) + source + destination +
                               struct.pack("!I", OTHER_VERSION), client)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *trace):
        self._is_over.set()
        self._thread.join()
        self.socket.close()


def sends(folder, target, **how):
    done = subprocess.run(palabre("send", target, "hello", "--timeout", 5),
                          env=home(folder, "awa"), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=DEADLINE, encoding="utf-8", **how)
    return done.returncode, done.stderr


def test_every_address_of_a_name_is_tried_before_it_is_refused(folder):
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 twofold\n127.0.0.2 twofold\n")  # the C library sorts them so
    with Server("--data", folder / "data", "--bind", "127.0.0.2") as server:
        with AnotherQuicProgram(("127.0.0.1", server.port)) as other:
            command = palabre("send", f"twofold:{server.port}/lobby", "hello", "--timeout", 5)
            done = subprocess.run(
                ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc/hosts && shift && exec "$@"',
                 "sh", hosts, *command], env=home(folder, "awa"), stdin=subprocess.DEVNULL,
                capture_output=True, timeout=DEADLINE, encoding="utf-8")
            if "unshare" in done.stderr or "mount:" in done.stderr:
                pytest.skip("only root may give a process an /etc/hosts of its own")
            assert done.returncode == 0, done.stderr
            assert other.asked > 0, "the first address was not tried"
            # A name that has no other address is refused, and for the right reason.
            code, errors = sends(folder, f"127.0.0.1:{server.port}/lobby")
            assert code == 76, errors


class SockFilter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte),
                ("value", ctypes.c_uint)]


class SockProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(SockFilter))]


def without_ipv6():
    """For `preexec_fn`: socket(AF_INET6, ...) fails from now on, as on a kernel without IPv6."""
    load, is_equal, give_back = 0x20, 0x15, 0x06
    allow, fail = 0x7FFF0000, 0x00050000 | EAFNOSUPPORT
    system_call, first_argument, socket_call = 0, 16, 41
    lines = (SockFilter * 6)(
        SockFilter(load, 0, 0, system_call), SockFilter(is_equal, 0, 3, socket_call),
        SockFilter(load, 0, 0, first_argument), SockFilter(is_equal, 0, 1, AF_INET6),
        SockFilter(give_back, 0, 0, fail), SockFilter(give_back, 0, 0, allow))
    libc = ctypes.CDLL(None, use_errno=True)
    set_no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    assert libc.prctl(set_no_new_privileges, 1, 0, 0, 0) == 0
    program = SockProgram(len(lines), lines)
    assert libc.prctl(set_seccomp, filter_mode, ctypes.byref(program), 0, 0) == 0


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of the calls are of x86-64")
def test_a_machine_without_ipv6_says_so_and_goes_on_with_ipv4(folder):
    with Server("--data", folder / "data") as server:
        code, errors = sends(folder, f"[::1]:{server.port}/lobby", preexec_fn=without_ipv6)
        assert code == 68 or code == 69, errors
        assert "this machine has no IPv6" in errors, errors
        code, errors = sends(folder, f"127.0.0.1:{server.port}/lobby", preexec_fn=without_ipv6)
        assert code == 0, errors
    become = ("import os, sys; sys.path[:0] = " + repr(sys.path) + "\n"
              "from test_machines_with_other_addresses import without_ipv6\n"
              "without_ipv6()\nos.execv(sys.argv[1], sys.argv[1:])")
    with Server(started_by=lambda command: [sys.executable, "-c", become, *command]) as server:
        server.guest().comes_online()
