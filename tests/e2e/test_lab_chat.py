"""The lab's mini-chat, serveurChat, byte for byte."""

import random
import re
import unicodedata

import pytest

from lab import (ATTACHED, BIN, ROOT, Chat, Client, Running, free_port, installed, private_network,
                 program, run, tampered)

FFFD = "\N{REPLACEMENT CHARACTER}"
FULL = "Serveur complet (10 clients en ligne)\n"


def too_long(count):
    return f"Message trop long ({count} caractères, 225 au maximum)\n"


@pytest.fixture
def chat():
    with Chat() as running:
        yield running


@pytest.fixture
def reader(chat):
    """Someone who is online before the test begins, and hears what the others say."""
    client = chat.client()
    chat.relays(client, "bonjour\n", "bonjour")
    return client


def test_the_exercises_transcript():
    port = free_port()
    with Running(program("serveurChat"), port, greeting=ATTACHED + "\n") as server:
        a, b, c = (Client(port, f"127.0.0.{host}") for host in (3, 2, 1))

        a.say("salut !\n")
        server.expect("Message : salut !\n"
                      f"  -> reçu du client [127.0.0.3:{a.port}]\n"
                      "Liste des clients en ligne :\n"
                      f"[127.0.0.3:{a.port}]\n")
        b.say("??\n")
        server.expect("Message : ??\n"
                      f"  -> reçu du client [127.0.0.2:{b.port}]\n"
                      "Message : ??\n"
                      f"  -> envoyé à [127.0.0.3:{a.port}]\n"
                      "Le message a été envoyé à 1 client(s)\n"
                      "Liste des clients en ligne :\n"
                      f"[127.0.0.3:{a.port}]\n"
                      f"[127.0.0.2:{b.port}]\n")
        a.hears(f"[127.0.0.2:{b.port}]> ??\n")

        c.say("me voilà\n")
        server.expect("Message : me voilà\n"
                      f"  -> reçu du client [127.0.0.1:{c.port}]\n"
                      "Message : me voilà\n"
                      f"  -> envoyé à [127.0.0.3:{a.port}]\n"
                      "Message : me voilà\n"
                      f"  -> envoyé à [127.0.0.2:{b.port}]\n"
                      "Le message a été envoyé à 2 client(s)\n"
                      "Liste des clients en ligne :\n"
                      f"[127.0.0.3:{a.port}]\n"
                      f"[127.0.0.2:{b.port}]\n"
                      f"[127.0.0.1:{c.port}]\n")
        a.hears(f"[127.0.0.1:{c.port}]> me voilà\n")
        b.hears(f"[127.0.0.1:{c.port}]> me voilà\n")


def test_an_author_is_not_sent_the_message_and_comes_online_once(chat, reader):
    author = chat.client()
    for text in "un", "deux", "trois":
        chat.relays(author, f"{text}\n", text)
    chat.relays(reader, "oui\n", "oui")  # the first thing that the author hears


def test_two_programs_at_one_address_are_two_clients(chat, reader):
    chat.relays(chat.client("127.0.0.1"), "un\n", "un")
    chat.relays(chat.client("127.0.0.1"), "deux\n", "deux")


def test_one_port_at_two_addresses_is_two_clients(chat, reader):
    first = chat.client("127.0.0.2")
    second = Client(chat.port, "127.0.0.3", first.port)
    chat.relays(first, "un\n", "un")
    chat.relays(second, "deux\n", "deux")


def test_the_server_listens_on_all_of_the_machines_addresses(chat, reader):
    author = chat.client()
    author.server = ("127.0.0.3", chat.port)
    chat.relays(author, "par ici\n", "par ici")


def test_what_clientUDP_3_says_is_passed_on_to_those_online(chat, reader):
    assert run(program("clientUDP-3"), "127.0.0.1", chat.port)[0] == 0
    name, text = reader.socket.recv(1000).decode().split("> ", 1)
    assert text == "Hello world !\n"
    chat.expect(f"Message : Hello world !\n  -> reçu du client {name}\n"
                f"Message : Hello world !\n  -> envoyé à {reader.name}\n"
                "Le message a été envoyé à 1 client(s)\n"
                f"Liste des clients en ligne :\n{reader.name}\n{name}\n")


# The end of a message (LAB 0, 1 and 4).


@pytest.mark.parametrize("sent, shown", [
    ("sans fin", "sans fin"),
    ("avec\n", "avec"),
    ("avec\r\n", "avec"),
    ("\n", ""),
    ("\r\n", ""),
    ("deux\n\n", "deux\n  "),
    ("deux\r\n\r\n", "deux\n  "),
    ("\n\n", "\n  "),
    ("cr\r", "cr" + FFFD),
    ("cr\r\r\n", "cr" + FFFD),
    ("lf cr\n\r", "lf cr\n  " + FFFD),
    ("  espaces \t\n", "  espaces \t"),
], ids=repr)
def test_one_newline_ends_a_message_whether_it_was_sent_or_not(chat, reader, sent, shown):
    chat.relays(chat.client(), sent, shown)


def test_an_empty_datagram_does_nothing_at_all(chat, reader):
    newcomer = chat.client()
    newcomer.say(b"")
    reader.say(b"")
    chat.relays(reader, "seul\n", "seul")  # nobody to send it to: the newcomer is not online
    newcomer.say(b"")
    chat.relays(newcomer, "\n", "")


# The length of a message (LAB 2).

ONE_TO_FOUR_BYTES = ["x", "é", "語", "🌳"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=repr)
@pytest.mark.parametrize("character", ONE_TO_FOUR_BYTES)
def test_up_to_225_characters_are_relayed_whole_and_226_are_refused(chat, reader, character, end):
    author = chat.client()
    for count in 224, 225:
        chat.relays(author, character * count + end, character * count)
    for count in 226, 227:
        chat.refuses(author, character * count + end, character * count, too_long(count))
    chat.relays(author, "ensuite" + end, "ensuite")


def test_a_newline_inside_is_one_character_and_its_indentation_none(chat, reader):
    author = chat.client()
    for newline in "\n", "\r\n":
        chat.relays(author, newline * 225 + "\n", "\n  " * 225)
        chat.refuses(author, newline * 226 + "\n", "\n  " * 226, too_long(226))


def test_a_newcomer_whose_message_is_too_long_is_not_online(chat, reader):
    newcomer = chat.client()
    chat.refuses(newcomer, "x" * 226, "x" * 226, too_long(226))
    chat.relays(reader, "seul\n", "seul")
    chat.relays(newcomer, "court\n", "court")


@pytest.mark.parametrize("size", [256, 257, 60000, 65507])
def test_a_large_datagram_is_read_whole_and_refused_in_words(chat, reader, size):
    newcomer = chat.client()
    chat.refuses(newcomer, "x" * size, "x" * size, too_long(size))
    chat.relays(reader, "seul\n", "seul")


def test_a_long_one_is_harmless_in_the_log_too(chat):
    text = "\x1b[2J" + "x" * 300 + "\nLe message a été envoyé à 9 client(s)\n"
    shown = FFFD + "[2J" + "x" * 300 + "\n  Le message a été envoyé à 9 client(s)"
    chat.refuses(chat.client(), text, shown, too_long(len(text) - 1))


# Ten clients (LAB 3).


def test_an_eleventh_client_is_told_that_the_server_is_full_and_the_ten_lose_nothing(chat):
    ten = [chat.client() for _ in range(10)]
    for number, client in enumerate(ten):
        chat.relays(client, f"je suis {number}\n", f"je suis {number}")
    eleventh = chat.client()
    for _ in range(2):
        chat.refuses(eleventh, "et moi ?\n", "et moi ?", FULL)
        chat.relays(ten[0], "complet\n", "complet")
        chat.relays(ten[9], "complet\n", "complet")
    chat.refuses(eleventh, "x" * 226, "x" * 226, too_long(226))  # the length is looked at first
    eleventh.say(b"")
    chat.refuses(eleventh, "\n", "", FULL)


def test_a_restarted_client_is_another_one_and_the_first_never_leaves(chat, reader):
    for number in range(9):
        with_a_new_port = chat.client()
        chat.relays(with_a_new_port, f"{number}\n", str(number))
        with_a_new_port.socket.close()
        chat.gone.append(with_a_new_port)
    chat.refuses(chat.client(), "encore moi\n", "encore moi", FULL)


# Harmless texts (LAB 5).


def test_every_control_character_but_tab_and_newline_is_replaced(chat, reader):
    author = chat.client()
    for code in [*range(0x20), *range(0x7F, 0xA0)]:
        if chr(code) not in "\t\n":
            chat.relays(author, f"a{chr(code)}z\n", f"a{FFFD}z")
            chat.relays(author, chr(code), FFFD)
    chat.relays(author, "a\tz ~\xa0\n", "a\tz ~\xa0")


def test_a_terminal_escape_stays_without_effect(chat, reader):
    chat.relays(chat.client(), "\x1b]0;titre\x07\x1b[31mrouge\x1b[0m\n",
                f"{FFFD}]0;titre{FFFD}{FFFD}[31mrouge{FFFD}[0m")


def test_a_newline_inside_cannot_forge_a_line_of_another(chat, reader):
    forged = f"{reader.name}> je pars"
    author = chat.client()
    chat.relays(author, f"rien\n{forged}\n", f"rien\n  {forged}")
    chat.relays(author, f"rien\r\n{forged}\r\n", f"rien\n  {forged}")
    chat.relays(author, f"rien\r{forged}\n", f"rien{FFFD}{forged}")


def oracle(data):
    """The text as Python's own strict decoder sees it; a byte that fits nowhere is one U+FFFD."""
    text = ""
    while data:
        for size in 1, 2, 3, 4:
            try:
                character = data[:size].decode()
                break
            except UnicodeDecodeError:
                character, size = FFFD, 1
        text, data = text + character, data[size:]
    return text


UTF_8 = {
    "the last of each length": ("\x7e\u07ff\ud7ff\uffff\U0010ffff".encode(), 5),
    "the first of each length": ("\x20\u00a0\u0800\U00010000".encode(), 4),
    "beside the surrogates": ("\ud7ff\ue000".encode(), 2),
    "a continuation alone": (b"\x80", 1),
    "every continuation": (bytes(range(0x80, 0xC0)), 64),
    "overlong NUL": (b"\xc0\x80", 2),
    "overlong slash": (b"\xc0\xaf", 2),
    "overlong in two": (b"\xc1\xbf", 2),
    "overlong in three": (b"\xe0\x9f\xbf", 3),
    "overlong in four": (b"\xf0\x8f\xbf\xbf", 4),
    "the first surrogate": (b"\xed\xa0\x80", 3),
    "the last surrogate": (b"\xed\xbf\xbf", 3),
    "beyond U+10FFFF": (b"\xf4\x90\x80\x80", 4),
    "far beyond": (b"\xf7\xbf\xbf\xbf", 4),
    "five bytes": (b"\xf8\x88\x80\x80\x80", 5),
    "overlong in five": (b"\xf8\x80\x80\x80\xaf", 5),
    "FE and FF": (b"\xfe\xff", 2),
    "two of three": (b"\xe8\xaa", 2),
    "three of four": (b"\xf0\x9f\x8c", 3),
    "one of two, then a letter": (b"\xc3a", 2),
    "two of three, then a letter": (b"\xe8\xaaz", 3),
    "two of three, then a character": (b"\xe8\xaa\xc3\xa9", 3),
    "two of three, then a newline inside": (b"\xe8\xaa\nz", 4),
    "a true U+FFFD": (FFFD.encode(), 1),
}


@pytest.mark.parametrize("data, count", UTF_8.values(), ids=UTF_8)
def test_each_byte_that_is_not_utf_8_is_one_replacement_character(chat, reader, data, count):
    shown = oracle(data).replace("\n", "\n  ")
    author = chat.client()
    chat.relays(author, data + b"\n", shown)
    chat.refuses(author, data + b"x" * 225, shown + "x" * 225, too_long(count + 225))


def test_any_bytes_are_shown_and_counted_as_an_independent_decoder_does(chat, reader):
    luck = random.Random(5000)
    pieces = [b"\n", b"\r\n", b"\r", b"\t", b"\x1b", "é".encode(), "語".encode(), "🌳".encode(),
              b"\xc2\x85", b"\xed\xa0\x80", b"\xf0\x9f", b"[127.0.0.1:5000]> "]
    author = chat.client()
    for _ in range(300):
        data = b"".join(luck.choice([luck.choice(pieces), luck.randbytes(luck.randint(1, 6))])
                        for _ in range(luck.randint(1, 70)))
        text = data.removesuffix(b"\n")
        text = text.removesuffix(b"\r") if text != data else text
        characters = [FFFD if unicodedata.category(c) == "Cc" and c not in "\t\n" else c
                      for c in oracle(text.replace(b"\r\n", b"\n"))]
        shown = "".join(characters).replace("\n", "\n  ")
        if len(characters) <= 225:
            chat.relays(author, data, shown)
        else:
            chat.refuses(author, data, shown, too_long(len(characters)))


# A client that cannot be reached.

UNREACHABLE = "sendto: Network is unreachable\n"


def test_a_client_that_cannot_be_reached_costs_the_others_nothing():
    with Chat(tampered("sendto", "error=ENETUNREACH:when=2")) as chat:
        first, second, author = (chat.client() for _ in range(3))
        chat.relays(first, "un\n", "un")
        chat.relays(second, "deux\n", "deux")  # the first sendto
        author.say("trois\n")                  # the second fails, the third does not
        chat.online.append(author)
        chat.expect(chat.received(author, "trois") + chat.sent(second, "trois") +
                    "Le message a été envoyé à 1 client(s)\n" + chat.who_is_online())
        chat.expect(UNREACHABLE, "stderr")
        second.hears(f"{author.name}> trois\n")
        chat.relays(author, "quatre\n", "quatre")  # the first thing that the first hears of it


def test_a_message_that_reaches_nobody_was_sent_to_0_clients():
    with Chat(tampered("sendto", "error=ENETUNREACH:when=1")) as chat:
        first, author = chat.client(), chat.client()
        chat.relays(first, "un\n", "un")
        author.say("deux\n")
        chat.online.append(author)
        chat.expect(chat.received(author, "deux") +
                    "Le message a été envoyé à 0 client(s)\n" + chat.who_is_online())
        chat.expect(UNREACHABLE, "stderr")
        chat.relays(author, "trois\n", "trois")


def test_a_refusal_that_cannot_be_sent_does_not_end_the_server():
    with Chat(tampered("sendto", "error=ENETUNREACH:when=1")) as chat:
        author = chat.client()
        author.say("x" * 226)
        chat.expect(chat.received(author, "x" * 226) + too_long(226))
        chat.expect(UNREACHABLE, "stderr")
        chat.refuses(author, "y" * 226, "y" * 226, too_long(226))


# Usable with any netcat.

NETCATS = {
    "nc.openbsd": "netcat-openbsd",
    "nc.traditional": "netcat-traditional",
    "ncat": "ncat",
    "socat": "socat",
    "bash": "bash",
}


def chatting(name, port):
    """The command of someone who chats with nothing but a netcat."""
    installed(name, NETCATS[name])
    if name == "socat":
        return [name, "-", f"UDP4:127.0.0.1:{port}"]
    if name == "bash":
        return [name, "-c", f"exec 3<>/dev/udp/127.0.0.1/{port}; cat <&3 & exec cat >&3"]
    return [name, "-u", "127.0.0.1", port]


@pytest.mark.parametrize("name", NETCATS)
def test_anyone_with_netcat_is_in(chat, reader, name):
    with Running(*chatting(name, chat.port)) as netcat:
        netcat.type("salut !\n")
        name, text = reader.socket.recv(1000).decode().split("> ", 1)
        assert text == "salut !\n"
        chat.expect(f"Message : salut !\n  -> reçu du client {name}\n"
                    f"Message : salut !\n  -> envoyé à {reader.name}\n"
                    "Le message a été envoyé à 1 client(s)\n"
                    f"Liste des clients en ligne :\n{reader.name}\n{name}\n")
        reader.say("bienvenue, été comme hiver\n")
        netcat.expect(f"{reader.name}> bienvenue, été comme hiver\n")
        chat.expect(f"Message : bienvenue, été comme hiver\n  -> reçu du client {reader.name}\n"
                    f"Message : bienvenue, été comme hiver\n  -> envoyé à {name}\n"
                    "Le message a été envoyé à 1 client(s)\n"
                    f"Liste des clients en ligne :\n{reader.name}\n{name}\n")
        netcat.type("x" * 226 + "\n")
        netcat.expect(too_long(226))
        chat.expect(f"Message : {'x' * 226}\n  -> reçu du client {name}\n{too_long(226)}")


# What it must not be trusted with (lab/README.md).


def test_two_servers_that_have_each_other_online_make_a_bridge_and_no_loop():
    port = free_port()
    with Chat() as first:
        stand_in = Client(first.port, port=port)  # writes from the port where the second will be
        first.relays(stand_in, "\n", "")
        stand_in.socket.close()
        first.gone.append(stand_in)
        with Chat(port=port) as second:
            here, there = first.client(), second.client()
            second.relays(there, "je suis là\n", "je suis là")
            bridge = f"[127.0.0.1:{first.port}]"
            for text in "bonjour", "rien n'est revenu":
                first.relays(here, text, text)
                shown = f"{here.name}> {text}"
                second.expect(f"Message : {shown}\n  -> reçu du client {bridge}\n"
                              + second.sent(there, shown) +
                              "Le message a été envoyé à 1 client(s)\n"
                              + second.who_is_online() + f"{bridge}\n")
                there.hears(f"{bridge}> {shown}\n")


def test_the_readmes_lesson_makes_one_word_go_round_three_servers_until_it_is_cut(tmp_path):
    lesson = re.search(r"```bash\n(.*?)```", (ROOT / "lab/README.md").read_text(), re.S)[1]
    installed("nc.openbsd", "netcat-openbsd")
    with private_network() as inside:
        code, output, errors = run(*inside, "env", f"TMPDIR={tmp_path}", "bash", "-c",
                                   'nc() { nc.openbsd "$@"; }\n' + lesson, cwd=BIN)
    assert (code, errors) == (0, "")
    counts = re.findall(r"/500[123]:(\d+)$", output, re.M)
    assert len(counts) == 3 and all(int(count) >= 20 for count in counts), output
    assert "\nMessage : un mot\n" in output
    assert re.search(r"^Message : (\[127.0.0.1:500[123]\]> )+Message trop long", output, re.M)
