"""The lab's steps, byte for byte: clientUDP-1, clientUDP-2, clientUDP-3 and serveurUDP."""

import subprocess

import pytest

from lab import (ATTACHED, CREATED, Client, Running, free_port, installed, private_network, program,
                 run, tampered, wait_until_bound)

STEPS = ["clientUDP-1", "clientUDP-2", "clientUDP-3", "serveurUDP"]
SENT = "Message Hello world !\n envoyé avec succès (14 octets)\n\n"
RECEIVED = "Message Hello world !\n reçu avec succès (14 octets)\n\n"

# A netcat by its command: the words of a client, those of a listener, the package that it is in.
NETCATS = {
    "nc.openbsd": ("-u 127.0.0.1 {port}", "-u -l -p {port}", "netcat-openbsd"),
    "nc.traditional": ("-u 127.0.0.1 {port}", "-u -l -p {port}", "netcat-traditional"),
    "ncat": ("-u 127.0.0.1 {port}", "-u -l -p {port}", "ncat"),
    "socat": ("- UDP4:127.0.0.1:{port}", "-u UDP4-RECV:{port} -", "socat"),
}


def netcat(name, port, listens=False):
    as_client, as_listener, package = NETCATS[name]
    words = as_listener if listens else as_client
    return [installed(name, package), *words.format(port=port).split()]


class Server(Running):
    """serveurUDP, once it waits at a port of its own."""

    def __init__(self):
        self.port = free_port()
        super().__init__(program("serveurUDP"), self.port, greeting=ATTACHED)


def test_step_1_makes_a_socket_and_says_its_descriptor():
    assert run(program("clientUDP-1")) == (0, CREATED, "")


def test_step_2_also_binds_it():
    assert run(program("clientUDP-2")) == (0, ATTACHED, "")


def test_step_3_also_sends_hello_world_to_the_server():
    receiver = Client(server_port=0)
    code, output, errors = run(program("clientUDP-3"), receiver.host, receiver.port)
    assert (code, output, errors) == (0, ATTACHED + SENT, "")
    assert receiver.socket.recv(100) == b"Hello world !\n"


def test_step_3_sends_to_the_address_that_it_is_given():
    receiver = Client(server_port=0, host="127.0.0.2")
    assert run(program("clientUDP-3"), receiver.host, receiver.port)[0] == 0
    assert receiver.socket.recv(100) == b"Hello world !\n"


def test_step_3_succeeds_with_no_server_listening():
    assert run(program("clientUDP-3"), "127.0.0.1", free_port()) == (0, ATTACHED + SENT, "")


def test_the_server_shows_the_message_of_step_3_and_ends():
    with Server() as waiting:
        assert run(program("clientUDP-3"), "127.0.0.1", waiting.port) == (0, ATTACHED + SENT, "")
        assert waiting.end() == (0, RECEIVED, "")


def test_client_and_server_meet_at_127_0_0_1_port_5000_when_nothing_is_said():
    with private_network() as inside:
        for arguments in [], ["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3", "5000"]:
            with Running(*inside, program("serveurUDP"), greeting=ATTACHED) as waiting:
                client = run(*inside, program("clientUDP-3"), *arguments)
                assert client == (0, ATTACHED + SENT, "")
                assert waiting.end() == (0, RECEIVED, "")


@pytest.mark.parametrize("sent, shown, count", [
    (b"bonjour", "bonjour", 7),
    (b"\n", "\n", 1),
    ("été".encode(), "été", 5),
    (b"x" * 256, "x" * 256, 256),
    (b"x" * 257, "x" * 256, 256),
    (b"x" * 60000, "x" * 256, 256),
    (b"avant\0apres", "avant", 11),
    (b"\0", "", 1),
    (b"\x1b[31m%s%n\r\n", "\x1b[31m%s%n\r\n", 11),
], ids=["no newline", "a lone newline", "bytes are counted, not characters", "a full buffer",
        "one byte too many is cut", "a large datagram is cut", "a NUL ends the text",
        "a lone NUL", "bare: nothing is filtered"])
def test_the_server_shows_what_printf_makes_of_a_datagram(sent, shown, count):
    with Server() as waiting:
        Client(waiting.port).say(sent)
        text = f"Message {shown} reçu avec succès ({count} octets)\n\n"
        assert waiting.end() == (0, text, "")


def test_the_server_says_on_stderr_that_a_datagram_is_empty():
    with Server() as waiting:
        Client(waiting.port).say(b"")
        assert waiting.end() == (0, "", "Aucune donnée n'a été reçue !\n\n")


@pytest.mark.parametrize("second", ["serveurUDP", "serveurChat"])
def test_a_second_server_on_the_port_is_refused(second):
    with Server() as first:
        refused = (254, CREATED, "bind: Address already in use\n")
        assert run(program(second), first.port) == refused


def test_the_server_waits_on_all_of_the_machines_addresses():
    with Server() as waiting:
        assert run(program("clientUDP-3"), "127.0.0.3", waiting.port)[0] == 0
        assert waiting.end() == (0, RECEIVED, "")


# What fails, with system calls that strace makes fail.


@pytest.mark.parametrize("name", STEPS + ["serveurChat"])
def test_a_socket_that_is_refused_ends_with_255(name):
    result = run(*tampered("socket", "error=EMFILE"), program(name))
    assert result == (255, "", "socket: Too many open files\n")


@pytest.mark.parametrize("name", STEPS[1:] + ["serveurChat"])
def test_a_bind_that_is_refused_ends_with_254(name):
    result = run(*tampered("bind", "error=EACCES"), program(name))
    assert result == (254, CREATED, "bind: Permission denied\n")


@pytest.mark.parametrize("name, end_of_greeting", [("serveurUDP", ""), ("serveurChat", "\n")])
def test_a_recvfrom_that_fails_ends_with_253(name, end_of_greeting):
    result = run(*tampered("recvfrom", "error=ENOMEM"), program(name), free_port())
    assert result == (253, ATTACHED + end_of_greeting, "recvfrom: Cannot allocate memory\n")


def test_a_sendto_that_fails_ends_with_253():
    result = run(*tampered("sendto", "error=ENETUNREACH"), program("clientUDP-3"))
    assert result == (253, ATTACHED, "sendto: Network is unreachable\n")


def test_a_sendto_that_the_kernel_itself_refuses_ends_with_253():
    result = run(program("clientUDP-3"), "127.255.255.255", free_port())  # broadcast: not allowed
    assert result == (253, ATTACHED, "sendto: Permission denied\n")


def test_a_sendto_that_sends_nothing_is_said_on_stderr():
    result = run(*tampered("sendto", "retval=0"), program("clientUDP-3"))
    assert result == (0, ATTACHED, "Aucune donnée n'a été envoyée !\n\n")


@pytest.mark.parametrize("count", [1, 13])
def test_a_sendto_that_sends_less_than_asked_is_said_on_stderr(count):
    result = run(*tampered("sendto", f"retval={count}"), program("clientUDP-3"))
    assert result == (0, ATTACHED, "Erreur dans l'envoie des données !\n\n")


ANY = '{sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}'
SERVER = '{sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("127.0.0.1")}'
SOCKET_BIND_SENDTO = ["socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3", f"bind(3, {ANY}, 16) = 0",
                      f'sendto(3, "Hello world !\\n", 14, 0, {SERVER}, 16) = 14 (INJECTED)']


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_step_adds_one_call_to_the_system_and_closes_its_socket(step, tmp_path):
    log = tmp_path / "calls"
    assert run(*tampered("sendto", "retval=14", log), program(f"clientUDP-{step}"))[0] == 0
    calls = log.read_text()
    calls = calls[calls.index("socket("):].splitlines()  # the loader's own lines come first
    assert calls == [*SOCKET_BIND_SENDTO[:step], "close(3) = 0"]


# Output appears when it happens.


def test_what_succeeded_is_out_before_what_failed():
    before = tampered("bind", "error=EACCES")
    code, output, _ = run(*before, program("clientUDP-2"), stderr=subprocess.STDOUT)
    assert (code, output) == (254, CREATED + "bind: Permission denied\n")


def test_what_cannot_be_sent_is_said_after_what_could_be_done():
    command = [program("clientUDP-3"), "127.255.255.255", free_port()]
    code, output, _ = run(*command, stderr=subprocess.STDOUT)
    assert (code, output) == (253, ATTACHED + "sendto: Permission denied\n")


@pytest.mark.parametrize("name, greeting", [
    ("serveurUDP", ATTACHED), ("serveurChat", ATTACHED + "\n")])
def test_a_server_says_into_a_pipe_that_it_is_ready_while_it_waits(name, greeting):
    with Running(program(name), free_port()) as waiting:
        waiting.expect(greeting)
        assert waiting.process.poll() is None


# Arguments.

BAD_PORTS = ["0", "65536", "99999999999999999999", "-1", "+1", "", " ", "5000x", " 5000", "5000 ",
             "5000.0", "0x1388", "port", "é", "\n5000"]
BAD_ADDRESSES = ["", "127.0.0", "127.0.0.1.1", "256.0.0.1", "127.0.0.1 ", "127.0.0.1x", "::1",
                 "nulle part"]


def is_usage_error(result):
    code, output, errors = result
    assert (code, output) == (64, "")
    assert errors.count("\n") == 1 and errors.endswith("\n") and len(errors) > 1
    return True


@pytest.mark.parametrize("port", BAD_PORTS)
def test_a_bad_port_is_one_line_on_stderr_and_64(port):
    assert is_usage_error(run(program("clientUDP-3"), "127.0.0.1", port))
    assert is_usage_error(run(program("serveurUDP"), port))
    assert is_usage_error(run(program("serveurChat"), port))


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_a_bad_address_is_one_line_on_stderr_and_64(address):
    assert is_usage_error(run(program("clientUDP-3"), address))
    assert is_usage_error(run(program("clientUDP-3"), address, "5000"))


def test_too_many_arguments_are_one_line_on_stderr_and_64():
    assert is_usage_error(run(program("clientUDP-3"), "127.0.0.1", "5000", "x"))
    assert is_usage_error(run(program("serveurUDP"), "5000", "x"))
    assert is_usage_error(run(program("serveurChat"), "5000", "x"))


@pytest.mark.parametrize("name, before, after", [
    ("clientUDP-3", ["127.0.0.1"], ""), ("serveurUDP", [], ""), ("serveurChat", [], "\n")])
@pytest.mark.parametrize("port", ["1", "65535", "05000"])
def test_the_first_and_the_last_port_are_ports(name, before, after, port, tmp_path):
    call = "sendto" if name == "clientUDP-3" else "bind"
    log = tmp_path / "calls"
    command = [*tampered(call, "error=EIO", log), program(name), *before, port]
    assert run(*command)[0] in (253, 254)
    assert f"sin_port=htons({int(port)})" in log.read_text()


# With netcat on the other side.


@pytest.mark.parametrize("name", NETCATS)
def test_a_netcat_that_listens_shows_hello_world(name):
    port = free_port()
    with Running(*netcat(name, port, listens=True)) as listener:
        wait_until_bound(port)
        assert run(program("clientUDP-3"), "127.0.0.1", port) == (0, ATTACHED + SENT, "")
        listener.expect("Hello world !\n")


@pytest.mark.parametrize("name", NETCATS)
def test_the_server_shows_what_is_typed_into_a_netcat(name):
    with Server() as waiting, Running(*netcat(name, waiting.port)) as typist:
        typist.type("bonjour\n")
        assert waiting.end() == (0, "Message bonjour\n reçu avec succès (8 octets)\n\n", "")


def test_the_server_shows_what_bash_sends_without_any_netcat():
    with Server() as waiting:
        assert run("bash", "-c", f"echo bonjour > /dev/udp/127.0.0.1/{waiting.port}")[0] == 0
        assert waiting.end() == (0, "Message bonjour\n reçu avec succès (8 octets)\n\n", "")
