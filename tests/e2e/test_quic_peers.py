"""What others make of palabre's QUIC: Debian's own client, and Wireshark's reading of it."""

import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from members import home
from palabre import DEADLINE, Server, palabre, readable

ETH_P_ALL = 0x0003
PACKET_HOST = 0  # of a frame that was sent to this host: on loopback each is seen twice
NO_APPLICATION_PROTOCOL = 0x178  # CRYPTO_ERROR and the TLS alert 120
LINKTYPE_ETHERNET = 1


def installed(command, package):
    """A failure, never a silent skip, says which Debian package is missing."""
    assert shutil.which(command), f"{command} is missing: apt-get install {package}"
    return command


def test_a_client_that_is_not_ours_shakes_hands_and_is_told_that_there_is_no_such_protocol():
    with Server() as server:
        done = subprocess.run(
            [installed("gtlsclient", "ngtcp2-client"), "--exit-on-all-streams-close",
             "127.0.0.1", str(server.port), f"https://127.0.0.1:{server.port}/"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, encoding="utf-8",
            errors="replace")
        said = done.stdout + done.stderr
        # In the server's first flight: versions are agreed on, keys are exchanged, and TLS says no.
        assert re.search(rf"frm rx 0 Initial CONNECTION_CLOSE.*\({NO_APPLICATION_PROTOCOL:#x}\)",
                         said), said
        assert server.process.poll() is None
        server.guest().comes_online()


class Capture:
    """What passes on loopback, as a file that Wireshark reads."""

    def __init__(self, path):
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        except PermissionError:
            pytest.skip("only root may capture")
        self._socket.bind(("lo", 0))
        self._path = path
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._record, daemon=True)

    def _record(self):
        with self._path.open("wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, LINKTYPE_ETHERNET))
            while not self._is_over.is_set():
                while readable(self._socket, time.monotonic() + 0.05):
                    frame, (_, _, kind, _, _) = self._socket.recvfrom(1 << 18)
                    if kind == PACKET_HOST:
                        now = time.time_ns()
                        file.write(struct.pack("<IIII", now // 10**9, now % 10**9 // 1000,
                                               len(frame), len(frame)) + frame)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *trace):
        self._is_over.set()
        self._thread.join(DEADLINE)
        self._socket.close()


def test_wireshark_reads_a_capture_with_the_keys_of_the_client(tmp_path):
    tmp_path.chmod(0o755)
    text = "so that whoever debugs it can read it"
    capture, keys = tmp_path / "capture.pcap", tmp_path / "keys"
    with Server() as server:
        with Capture(capture):
            done = subprocess.run(
                palabre("send", f"127.0.0.1:{server.port}", text, "--nick", "awa"),
                env=home(tmp_path, "awa") | {"SSLKEYLOGFILE": str(keys)},
                stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, encoding="utf-8")
            assert done.returncode == 0, done.stderr
        assert text.encode() not in capture.read_bytes(), "it is not encrypted at all"

        def streams(*options):
            """What Wireshark makes of the streams of QUIC."""
            return subprocess.run(
                [installed("tshark", "tshark"), "-r", str(capture), *options,
                 "-d", f"udp.port=={server.port},quic", "-Y", "quic.stream_data",
                 "-T", "fields", "-e", "quic.stream_data"],
                env=home(tmp_path, "shark"), capture_output=True, timeout=60,
                encoding="utf-8").stdout
        assert text.encode().hex() in streams("-o", f"tls.keylog_file:{keys}")
        assert streams() == "", "without the keys there is nothing to read"
