"""The relay, `palabre serve`, as it is seen from outside: guests on bare sockets, its command line.

A test that leaves its server at the end also shows that nobody heard anything beyond what the test
says: see `Server`.
"""

import os
import re
import signal
import socket

import pytest

from palabre import CLOSING, LINE_BYTES, Guest, Server, run

FFFD = "\N{REPLACEMENT CHARACTER}"


@pytest.fixture
def server():
    with Server() as running:
        yield running


# ------------------------------------------------------------------------------------ the relay


def test_the_first_datagram_puts_a_guest_online_and_is_relayed(server):
    a, b, c = (server.guest() for _ in range(3))
    a.says("salut !")
    a.told("Welcome to lobby", "nobody else")
    b.says("??")
    b.told("Welcome to lobby", "1 other")
    a.hears(f"{b.name}> ??")
    c.says("me voilà")
    c.told("Welcome to lobby", "2 others")
    a.hears(f"{c.name}> me voilà")
    b.hears(f"{c.name}> me voilà")


def test_every_message_goes_to_all_the_others_and_not_to_its_author(server):
    guests = server.guests(4)
    for author in guests:
        author.says("salut !")
        for reader in guests:
            if reader is not author:
                reader.hears(f"{author.name}> salut !")


def test_guests_of_ipv4_and_ipv6_share_one_socket(server):
    old, new = server.guest("127.0.0.1"), server.guest("::1")
    old.comes_online()
    new.says("salut !")
    new.told("Welcome", "1 other")
    old.hears(f"{new.name}> salut !")
    old.says("??")
    new.hears(f"{old.name}> ??")
    assert old.name.startswith("[127.0.0.1:") and new.name.startswith("[::1:")


def test_who_comes_online_is_told_the_room_how_many_are_there_and_of_help_in_one_line(server):
    for others in ("nobody else", "1 other", "2 others"):
        server.guest().comes_online("to lobby", others, "/help")


def test_arrivals_and_departures_are_quiet(server):
    stays, leaves, moves = server.guests(3)
    leaves.says("/quit")
    leaves.told("Goodbye")
    moves.says("/join ops")
    moves.told("You are in ops")
    moves.says("/join lobby")
    moves.told("You are in lobby")
    moves.says("salut !")
    stays.hears(f"{moves.name}> salut !")


def test_an_empty_datagram_puts_nobody_online(server):
    a, stranger = server.guest().comes_online(), server.guest()
    stranger.sends("")
    a.says("/who")
    a.told("1 here:", f"{a.name} (you)")


@pytest.mark.parametrize("blank", ["", "\n", "\r\n", " \t \n", "\n\n\n"])
def test_a_blank_datagram_of_a_guest_is_relayed_to_nobody(server, blank):
    a, b = server.guests(2)
    a.sends(blank)
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


def test_a_message_without_a_newline_is_a_line_all_the_same(server):
    a, b = server.guests(2)
    a.sends("salut !")
    b.hears(f"{a.name}> salut !")


def test_messages_that_are_due_together_arrive_each_whole_and_in_order(server):
    a, b, c = server.guests(3)
    said = [(a if number % 3 else b, f"message {number} {'x' * number}") for number in range(100)]
    with server.paused():
        for author, text in said:
            author.says(text)
    for reader in (a, b, c):
        reader.hears(*(f"{author.name}> {text}" for author, text in said if author is not reader))


def test_three_hundred_guests_all_hear_what_one_of_them_says(server):
    author, *readers = server.guests(300)
    author.says("salut !")
    for reader in readers:
        reader.hears(f"{author.name}> salut !")


def test_a_guest_that_is_gone_without_a_word_takes_nothing_from_the_others(server):
    a, b = server.guests(2)
    server.passer_by(0).comes_online().hang_up()
    for number in range(10):
        a.says(f"message {number}")
        b.hears(f"{a.name}> message {number}")


def test_who_leaves_still_gets_what_was_said_before(server):
    a, quits, moves = server.guests(3)
    with server.paused():
        a.says("the last you hear of me")
        quits.says("/quit")
        moves.says("/join ops")
        a.says("too late for you")
    quits.hears(f"{a.name}> the last you hear of me")
    quits.told("Goodbye")
    moves.hears(f"{a.name}> the last you hear of me")
    moves.told("You are in ops")


@pytest.mark.parametrize("flags", [[], ["--bind", "0.0.0.0"]], ids=["::", "0.0.0.0"])
def test_a_guest_is_answered_from_the_address_it_wrote_to(flags):
    with Server(*flags) as server:
        a, b = server.guest("127.0.0.1").comes_online(), server.guest("127.0.0.2").comes_online()
        a.says("salut !")
        b.hears(f"{a.name}> salut !")
        b.says("??")
        a.hears(f"{b.name}> ??")


def test_a_guest_that_writes_to_another_address_stays_the_same_and_is_answered_from_there(server):
    a, b = server.guests(2)
    b.writes_to("127.0.0.3")
    b.says("??")
    a.hears(f"{b.name}> ??")
    a.says("salut !")
    b.hears(f"{a.name}> salut !")
    b.says("/who")
    b.told("2 here:")


# --------------------------------------------------------------------------------- the commands


def test_help_names_every_command_in_a_few_short_lines(server):
    a = server.guest().comes_online()
    a.says("/help")
    lines = a.catches_up()
    assert all(line.startswith("-- ") for line in lines), lines
    assert len(lines) <= 6 and all(len(line) <= 80 for line in lines), lines
    for command in ("/nick", "/join", "/who", "/me", "/history", "/from", "/ack", "/post", "/quit",
                    "/topic", "//text"):
        assert any(command in line for line in lines), command


def test_a_nickname_is_shown_with_a_star(server):
    a, b = server.guests(2)
    a.says("/nick awa")
    a.told("You are awa* now")
    a.says("salut !")
    b.hears("awa*> salut !")


def test_a_nickname_is_whatever_letters_its_owner_writes_with(server):
    a, b = server.guests(2)
    for nick in ("Aïssatou", "Ἀθηνᾶ", "海鷗", "été-2012_b.c"):
        a.says(f"/nick {nick}")
        a.told(f"You are {nick}* now")
        a.says("salut !")
        b.hears(f"{nick}*> salut !")


@pytest.mark.parametrize("nick", ["ian", "IAN", "lan", "Iаn"])
def test_a_nickname_that_is_taken_or_looks_like_one_that_is_is_refused(server, nick):
    a, b = server.guests(2)
    a.says("/nick ian")
    a.told("You are ian*")
    b.says(f"/nick {nick}")
    b.told(nick, "taken", "/nick NAME")
    b.says("it was I")
    a.hears(f"{b.name}> it was I")


def test_a_nickname_given_up_is_free_again(server):
    a, b, c = server.guests(3)
    a.says("/nick awa")
    a.told("You are awa*")
    a.says("/nick Awa")
    a.told("You are Awa*")
    a.says("/nick moussa")
    a.told("You are moussa*")
    b.says("/nick awa")
    b.told("You are awa*")
    b.says("/quit")
    b.told("Goodbye")
    c.says("/nick awa")
    c.told("You are awa*")


@pytest.mark.parametrize("nick", ["two words", "-awa", "[127.0.0.1:5000]", "awa*", "x" * 25,
                                  "\x1b[31mred", "\u200d", "a/b", "\u3164", "awa\u3164"])
def test_what_can_be_no_nickname_is_refused(server, nick):
    a, b = server.guests(2)
    a.says(f"/nick {nick}")
    a.told("/nick NAME", "24 letters and digits")
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


def test_a_room_is_heard_by_those_in_it_and_by_nobody_else(server):
    a, b, in_lobby = server.guests(3)
    a.says("/join ops")
    a.told("You are in ops", "nobody else")
    b.says("/join ops")
    b.told("You are in ops", "1 other")
    a.says("salut !")
    b.hears(f"{a.name}> salut !")
    in_lobby.says("is nobody here?")
    b.says("/join lobby")
    b.told("You are in lobby", "1 other")
    b.says("I am")
    in_lobby.hears(f"{b.name}> I am")


@pytest.mark.parametrize("room", ["ops", "OPS", "#ops", "/ops", "Ｏｐｓ"])
def test_a_room_has_one_name_however_it_is_written(server, room):
    a, b = server.guests(2)
    a.says("/join ops")
    a.told("You are in ops")
    b.says(f"/join {room}")
    b.told("You are in ops", "1 other")


@pytest.mark.parametrize("room", ["bad name!", "two words", "-ops", "x" * 33, "##ops", "ops\x07"])
def test_what_can_be_no_room_is_refused(server, room):
    a, b = server.guests(2)
    a.says(f"/join {room}")
    a.told("/join ROOM", "32 letters and digits")
    a.says("still here")
    b.hears(f"{a.name}> still here")


def test_to_join_the_room_where_one_is_changes_nothing(server):
    a, b = server.guests(2)
    a.says("/join lobby")
    a.told("You are in lobby", "1 other")
    b.says("salut !")
    a.hears(f"{b.name}> salut !")


def test_who_names_everybody_in_the_room_in_order_of_arrival_and_says_which_is_you(server):
    a, b, c, elsewhere = server.guests(4)
    elsewhere.says("/join ops")
    elsewhere.told("You are in ops")
    b.says("/nick awa")
    b.told("You are awa*")
    c.says("/who")
    c.told(f"In lobby, 3 here: {a.name}, awa*, {c.name} (you)")
    elsewhere.says("/who")
    elsewhere.told(f"In ops, 1 here: {elsewhere.name} (you)")


def test_who_names_as_many_as_a_line_can_hold_and_counts_the_rest(server):
    guests = server.guests(80)
    for number, guest in enumerate(guests):
        guest.says(f"/nick {'é' * 20}{number}")
        guest.told("You are")
    guests[0].says("/who")
    line = guests[0].told("In lobby, 80 here: ")
    rest = int(re.search(r", and (\d+) more$", line)[1])
    assert line.count("*") + rest == 80
    assert LINE_BYTES - 80 < len(line.encode()) < LINE_BYTES


def test_me_says_what_somebody_does(server):
    a, b = server.guests(2)
    a.says("/me waves")
    b.hears(f"* {a.name} waves")
    a.says("/nick awa")
    a.told("You are awa*")
    a.says("/me   waves again ")
    b.hears("* awa* waves again")


def test_who_quits_hears_no_more(server):
    a, b, c = server.guests(3)
    a.says("/quit")
    a.told("Goodbye")
    b.says("is it gone?")
    c.hears(f"{b.name}> is it gone?")
    c.says("/who")
    c.told(f"2 here: {b.name}, {c.name} (you)")


def test_who_comes_back_after_quit_is_in_its_room_with_its_nickname(server):
    a, friend, in_lobby = server.guests(3)
    for guest, nick in ((a, "awa"), (friend, "moussa")):
        guest.says(f"/nick {nick}")
        guest.told(f"You are {nick}*")
        guest.says("/join ops")
        guest.told("You are in ops")
    a.says("/quit")
    a.told("Goodbye")
    a.says("a private word")
    a.told("Welcome back to ops", "awa*", "1 other")
    friend.hears("awa*> a private word")
    in_lobby.says("/who")
    in_lobby.told("1 here:")


def test_who_comes_back_and_finds_its_nickname_taken_is_told_so(server):
    a, b, c = server.guests(3)
    a.says("/nick awa")
    a.told("You are awa*")
    a.says("/quit")
    a.told("Goodbye")
    b.says("/nick Awa")
    b.told("You are Awa*")
    a.says("c'est moi")
    a.told("Welcome back to lobby", "awa is somebody else now")
    for reader in (b, c):
        reader.hears(f"{a.name}> c'est moi")


@pytest.mark.parametrize("command", ["/nick", "/join", "/me", "/join  \t"])
def test_a_command_that_lacks_something_says_what(server, command):
    a, _ = server.guests(2)
    a.says(command)
    a.told(f"Something is missing: {command.strip()} ")


@pytest.mark.parametrize("command", ["/topics", "/helpme", "/", "/ help", "/été", "/msg awa secret"])
def test_an_unknown_command_is_sent_to_nobody_and_its_author_told_so(server, command):
    a, b = server.guests(2)
    a.says(command)
    a.told(f"-- {command.split(' ')[0]} is no command", "nothing was sent", "/help", "//")
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


def test_as_much_of_an_unknown_command_is_repeated_as_is_short_and_safe(server):
    a = server.guest().comes_online()
    a.says("/" + "é" * 500)
    assert len(a.told("is no command").encode()) < 160
    a.says("/\x1b]0;title\x07")
    a.told(f"-- /{FFFD}]0;title{FFFD} is no command")


def test_commands_may_be_written_in_any_case(server):
    a = server.guest().comes_online()
    a.says("/Nick Awa")
    a.told("You are Awa*")
    a.says("/WHO")
    a.told("Awa* (you)")


@pytest.mark.parametrize("sent, shown", [("//join ops", "/join ops"), ("//", "/"), ("///", "//"),
                                         ("a //b", "a //b"), (" /who", " /who"),
                                         ("a\n//b", "a\n  //b")])
def test_two_slashes_begin_a_text_with_one(server, sent, shown):
    a, b = server.guests(2)
    a.says(sent)
    b.hears(f"{a.name}> {shown}")


def test_the_commands_a_datagram_begins_with_are_carried_out_and_the_rest_is_one_message(server):
    friend, a = server.guest().comes_online(), server.guest()
    friend.says("/join ops")
    friend.told("You are in ops")
    a.says("/nick awa\r\n\n/join ops\n/me s'assied\nsalut !\n/quit\n//fin")
    a.told("Welcome to lobby")
    a.told("You are awa*")
    a.told("You are in ops", "1 other")
    friend.hears("* awa* s'assied", "awa*> salut !", "  /quit", "  //fin")


REFUSED = ["/join bad name!", "/join", "/nick two words", "/nick taken", "/oops", "/me"]


@pytest.mark.parametrize("refused", REFUSED)
def test_nothing_that_follows_a_refused_line_is_done_or_sent(server, refused):
    a, b = server.guests(2)
    b.says("/nick taken")
    b.told("You are taken*")
    a.says(f"{refused}\nsecret")
    a.told()
    a.says(f"{refused}\n/me secret\n/nick awa\n/join ops\nsecret")
    a.told()
    a.says("/who")
    a.told(f"In lobby, 2 here: {a.name} (you), taken*")
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


@pytest.mark.parametrize("refused", ["/join bad name!", "/nick two words", "/oops"])
def test_nothing_that_follows_a_refused_line_is_sent_from_a_first_datagram_either(server, refused):
    b, a = server.guest().comes_online(), server.guest()
    a.says(f"{refused}\nsecret")
    a.told("Welcome to lobby", "1 other")
    a.told()
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


def test_nothing_that_follows_quit_is_sent(server):
    a, b = server.guests(2)
    a.says("/quit\nsecret")
    a.told("Goodbye")
    b.says("/who")
    b.told("1 here:")


# ------------------------------------------------------------------------------ text, made safe


@pytest.mark.parametrize("sent, shown", [
    ("café, 海鷗, Ἀθηνᾶ, e\u0301", "café, 海鷗, Ἀθηνᾶ, e\u0301"),
    ("👩\u200d🚒 \u05d0\u05d1\u200e c", "👩\u200d🚒 \u05d0\u05d1\u200e c"),
    ("a\tb", "a\tb"),
    ("a\r\n", "a"),
    ("a\r", "a"),
    ("a\rb", f"a{FFFD}b"),
    ("a\r\r\nb", f"a{FFFD}\n  b"),
    ("\x1b[2J\x1b]0;title\x07", f"{FFFD}[2J{FFFD}]0;title{FFFD}"),
    ("nothing\0hidden", f"nothing{FFFD}hidden"),
    ("\u202e!tulas\u202c \u2067x\u2069", "!tulas x"),
    ("  spaces stay  ", "  spaces stay  "),
])
def test_text_is_shown_as_it_was_written_but_for_what_is_not_safe(server, sent, shown):
    a, b = server.guests(2)
    a.says(sent)
    b.hears(f"{a.name}> {shown}")


def test_no_control_character_at_all_gets_through(server):
    a, b = server.guests(2)
    controls = [chr(c) for c in [*range(0x20), 0x7F, *range(0x80, 0xA0)] if chr(c) not in "\t\n"]
    a.says("".join(f"{control}x" for control in controls))
    b.hears(f"{a.name}> " + f"{FFFD}x" * len(controls))


def test_no_bidi_control_gets_through_not_in_a_nickname_either(server):
    a, b = server.guests(2)
    bidi = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
    a.says(f"salut{bidi} !")
    b.hears(f"{a.name}> salut !")
    a.says(f"/nick a{bidi}wa")
    a.told("You are awa* now")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\u2028", "\u2029"])
@pytest.mark.parametrize("forged", ["[127.0.0.1:5000]> I am somebody else", "awa*> moi aussi",
                                    "* awa* waves", "-- The server is closing. Goodbye."])
def test_no_line_can_be_forged(server, newline, forged):
    a, b = server.guests(2)
    a.says(f"salut !{newline}{forged}{newline}{newline}fin")
    b.hears(f"{a.name}> salut !", f"  {forged}", "  ", "  fin")
    a.says(f"/me waves{newline}{forged}")
    b.hears(f"* {a.name} waves", f"{a.name}> {forged}")


@pytest.mark.parametrize("separator", ["\v", "\f", "\r", "\x1c", "\x85"])
def test_what_a_terminal_might_take_for_a_newline_is_none(server, separator):
    a, b = server.guests(2)
    a.says(f"salut !{separator}-- forged")
    b.hears(f"{a.name}> salut !{FFFD}-- forged")


NOT_UTF8 = {
    "a byte that begins nothing": b"a\xffb",
    "a continuation alone": b"a\x80\x80b",
    "a sequence broken off": b"a\xe2\x82b",
    "a sequence broken off at the end": b"a\xf0\x9f\x98",
    "an overlong slash": b"a\xc0\xafb",
    "a surrogate": b"a\xed\xa0\x80b",
    "beyond the last character": b"a\xf4\x90\x80\x80b",
    "Latin-1": "déjà vu".encode("latin-1"),
}


@pytest.mark.parametrize("sent", NOT_UTF8.values(), ids=NOT_UTF8)
def test_what_is_not_utf8_becomes_the_replacement_character(server, sent):
    a, b = server.guests(2)
    a.sends(sent)
    b.hears(f"{a.name}> {sent.decode(errors='replace')}")
    a.sends(sent + b"\n")
    b.hears(f"{a.name}> {sent.decode(errors='replace')}")


@pytest.mark.parametrize("sent", NOT_UTF8.values(), ids=NOT_UTF8)
def test_a_first_datagram_that_is_not_utf8_is_dropped_without_a_word(server, sent):
    b, stranger = server.guest().comes_online(), server.guest()
    stranger.sends(sent)
    b.says("/who")
    b.told("1 here:")
    stranger.says("salut !")
    stranger.told("Welcome to lobby", "1 other")
    b.hears(f"{stranger.name}> salut !")


# ----------------------------------------------------------------------------------- the limits


FORMS = {  # how it is sent, and how it is shown; FILL is as long as need be
    "a text": ("FILL", "NAME> FILL"),
    "an action": ("/me FILL", "* NAME FILL"),
    "letters of two bytes": ("ééé FILL", "NAME> ééé FILL"),
    "letters that were not UTF-8": (b"\xff\xff FILL", f"NAME> {FFFD}{FFFD} FILL"),
    "several lines": ("a\nb\nFILL", "NAME> a\n  b\n  FILL"),
}


def line_of(bytes_, name, form):
    """What to send, and the line of so many bytes, newline included, that it should become."""
    sent, shown = FORMS[form]
    shown = shown.replace("NAME", name)
    fill = "x" * (bytes_ - len(shown.replace("FILL", "").encode()) - 1)
    if isinstance(sent, bytes):
        return sent.replace(b"FILL", fill.encode()), shown.replace("FILL", fill)
    return sent.replace("FILL", fill), shown.replace("FILL", fill)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("author", ["127.0.0.1", "::1", "a nickname"])
def test_a_line_has_1200_bytes_at_most_as_it_is_sent(server, author, form):
    a, b = server.guest("::1" if author == "::1" else "127.0.0.1"), server.guest()
    a.comes_online()
    b.comes_online()
    name = a.name
    if author == "a nickname":
        name = "Aïssatou*"
        a.says("/nick Aïssatou")
        a.told(f"You are {name}")
    for bytes_ in (LINE_BYTES - 1, LINE_BYTES):
        sent, shown = line_of(bytes_, name, form)
        assert len(f"{shown}\n".encode()) == bytes_
        a.sends(sent)
        b.hears(shown)
    sent, _ = line_of(LINE_BYTES + 1, name, form)
    a.sends(sent)
    if not isinstance(sent, bytes):  # what is not UTF-8 is never answered
        a.told("Too long, not sent", "1201 bytes", "1200 at most")
    a.says("et voilà")
    b.hears(f"{name}> et voilà")


@pytest.mark.parametrize("length", [2000, 65507])  # the second is the longest datagram there is
def test_a_datagram_of_any_length_is_refused_in_one_line_and_never_cut(server, length):
    b, a = server.guest().comes_online(), server.guest()
    a.sends("x" * length)
    a.told("Welcome to lobby")
    a.told("Too long, not sent", f"{length + len(f'{a.name}> ') + 1} bytes", "1200 at most")
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


def test_beyond_max_guests_a_guest_is_told_why_and_those_online_lose_nothing():
    with Server("--max-guests", 2) as server:
        a, b = server.guests(2)
        third = server.guest()
        for _ in range(2):
            third.says("let me in")
            third.told("full", "2 guests")
        a.says("salut !")
        b.hears(f"{a.name}> salut !")
        b.says("??")
        a.hears(f"{b.name}> ??")
        a.says("/quit")
        a.told("Goodbye")
        third.says("and now?")
        third.told("Welcome to lobby", "1 other")
        b.hears(f"{third.name}> and now?")


def test_a_datagram_may_begin_with_16_commands_and_no_more(server):
    a, b = server.guests(2)
    commands = [f"/me {number}" for number in range(17)]
    shown = [f"* {a.name} {number}" for number in range(16)]
    a.says("\n".join([*commands[:16], "salut !", "/me too"]))
    b.hears(*shown, f"{a.name}> salut !", "  /me too")
    a.says("\n".join([*commands, "secret"]))
    a.told("16 commands", "the rest was not done")
    b.hears(*shown)


@pytest.mark.parametrize("flood", ["/help\n" * 10000, "/me x\n" * 10000],
                         ids=["answers", "messages"])
def test_a_datagram_full_of_commands_takes_nothing_from_the_others(server, flood):
    author, reader, writes_too_much, moves = server.guests(4)
    flooder = server.passer_by(0)
    flooder.says("/join elsewhere")
    flooder.told("Welcome")
    flooder.told("You are in elsewhere")
    with server.paused():
        author.says("important")
        flooder.sends(flood)
        writes_too_much.says("x" * LINE_BYTES)
        moves.says("/join ops")
    author.says("is it over?")
    reader.hears(f"{author.name}> important", f"{author.name}> is it over?")
    for guest, answer in ((writes_too_much, "-- Too long"), (moves, "-- You are in ops")):
        heard = guest.catches_up()
        assert f"{author.name}> important" in heard
        assert any(line.startswith(answer) for line in heard), heard


def opens_rooms(server, count):
    """So many rooms, each with a guest of its own, who listens no more."""
    for number in range(count):
        guest = server.passer_by(number)
        guest.says(f"/join room{number}")
        guest.told("Welcome to lobby")
        guest.told(f"You are in room{number}")
        guest.hang_up()


def test_beyond_1024_rooms_no_more_are_opened_and_what_was_meant_for_one_is_not_sent(server):
    in_lobby, late, passing = server.guests(3)
    passing.says("/join for-a-moment\n/quit")  # closed again, it counts no more
    passing.told("You are in for-a-moment")
    passing.told("Goodbye")
    opens_rooms(server, 1022)
    last = server.guest()
    last.says("/join last")
    last.told("Welcome to lobby")
    last.told("You are in last")
    late.says("/join too-many\nsecret")
    late.told("1024 rooms")
    late.says("/join last")
    late.told("You are in last", "1 other")
    last.says("salut !")
    late.hears(f"{last.name}> salut !")
    in_lobby.says("/who")
    in_lobby.told("In lobby, 1 here:")


def test_who_comes_back_finds_its_room_though_there_are_1024_others_by_now(server):
    in_lobby, a = server.guests(2)
    a.says("/join ops\n/quit")
    a.told("You are in ops")
    a.told("Goodbye")
    opens_rooms(server, 1023)
    a.says("a private word")
    a.told("Welcome back to ops", "nobody else")
    in_lobby.says("/who")
    in_lobby.told("In lobby, 1 here:")


def test_a_silent_guest_is_warned_then_goes_and_finds_its_place_again():
    with Server("--idle", 2) as server:
        a, friend, in_lobby = (server.guest() for _ in range(3))
        a.says("/nick awa\n/join ops\nis somebody here?")
        a.told("Welcome to lobby")
        a.told("You are awa*")
        a.told("You are in ops")
        a.told("Are you there?", "in 1 s")
        a.told("You are offline now")
        in_lobby.comes_online("nobody else")
        friend.comes_online("1 other")
        friend.says("/join ops")
        friend.told("You are in ops", "nobody else")
        a.says("a private word")
        a.told("Welcome back to ops", "awa*", "1 other")
        friend.hears("awa*> a private word")
        in_lobby.says("/quit")
        in_lobby.told("Goodbye")


def test_any_sign_of_life_keeps_a_guest_online():
    signs = ["", "\n", "salut !\n", "/oops\n"]
    with Server("--idle", 2) as server:
        guests = server.guests(len(signs))
        for number, guest in enumerate(guests):
            guest.says(f"/join room{number}")
            guest.told("You are in")
        for guest, sign in zip(guests, signs):
            guest.told("Are you there?")
            guest.sends(sign)
            if sign == "/oops\n":
                guest.told("/oops is no command")
        for guest in guests:
            guest.told("Are you there?")  # once more, and not: you are offline now


# ---------------------------------------------------------------------------- starting and ending


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_a_goodbye_to_all_in_under_a_second(server, how):
    guests = [*server.guests(100), server.guest("::1").comes_online()]
    guests[0].says("/join ops")
    guests[0].told("You are in ops")
    took, _ = server.end(how)
    assert took < 1
    for guest in guests:
        guest.hears(CLOSING)


def test_under_nohup_it_outlives_its_terminal():
    with Server(started_by=lambda command: ["nohup", *command]) as server:
        server.process.send_signal(signal.SIGHUP)
        server.guest().comes_online()


@pytest.mark.skipif(bool(os.environ.get("PALABRE_SANITIZED")), reason="leaks are looked for by tracing")
def test_the_goodbye_waits_for_a_socket_that_is_full():
    # Three times the kernel says that there is no room, if strace is to be believed.
    strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e",
              "inject=sendmmsg:error=EAGAIN:when=2..4"]
    with Server(started_by=lambda command: [*strace, *command]) as server:
        guest = server.guest().comes_online()
        server.end()
        guest.hears(CLOSING)


def test_the_goodbye_reaches_each_of_5000_guests():
    with Server("--max-guests", 5000) as server:
        stay = []
        for number in range(5000):
            guest = server.passer_by(number).comes_online()
            if number % 500 == 0:
                stay.append(guest)
            else:
                guest.hang_up()
        server.end()
        for guest in stay:
            assert guest.hang_up() == f"{CLOSING}\n"


def test_what_was_said_before_the_end_arrives_before_the_goodbye(server):
    a, b = server.guests(2)
    a.says("salut !")
    b.hears(f"{a.name}> salut !")
    server.end()
    b.hears(CLOSING)
    a.hears(CLOSING)


def test_it_says_how_to_join_it(server):
    _, hint = server.end()
    assert f"  nc -u 127.0.0.1 {server.port}" in hint
    assert f"  nc -u ::1 {server.port}" in hint


@pytest.mark.parametrize("host, other", [("127.0.0.1", "127.0.0.2"), ("::1", "127.0.0.1")])
def test_bound_to_one_address_it_is_to_be_found_there_only(host, other):
    with Server("--bind", host) as server:
        a, b = server.guest(host).comes_online(), server.guest(host).comes_online()
        a.says("salut !")
        b.hears(f"{a.name}> salut !")
        lost = Guest(server.port, other)
        lost.says("salut !")
        b.says("/who")
        b.told("2 here:")
        lost.socket.close()
        _, hint = server.end()
        assert re.findall(r"nc -u (\S+)", hint) == [host]


def test_it_serves_on_when_nobody_reads_what_it_prints(server):
    server.process.stdout.close()
    a, b = server.guests(2)
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


@pytest.mark.parametrize("level, talks", [("error", False), ("warn", False), ("info", True),
                                          ("debug", True)])
def test_the_log_is_on_stderr_and_as_talkative_as_is_asked(level, talks):
    with Server("--log-level", level) as server:
        a, b = server.guests(2)
        a.says("salut !")
        b.hears(f"{a.name}> salut !")
        server.end()
        assert bool(server.log()) == talks
        if talks:
            assert f"listening on [:::{server.port}]" in server.log()
            assert "closing" in server.log()


def test_the_log_repeats_nothing_unsafe():
    with Server("--log-level", "debug") as server:
        a, stranger = server.guest().comes_online(), server.guest()
        stranger.sends(b"\xff\x1b[2J\n")
        a.says("salut !\x1b[2J\n2012-01-01 00:00:00 error forged")
        a.says("/\x1b[2J")
        a.told("is no command")
        server.end()
        assert "\x1b" not in server.log() and "forged" not in server.log()


def fails(code, *words, arguments):
    """`palabre` ends at once with this code and one clear line on standard error."""
    exit_code, output, errors = run(*arguments)
    assert (exit_code, output) == (code, ""), errors
    assert re.fullmatch(r"palabre: [^\n]+\.\n", errors), errors
    for word in words:
        assert word in errors, errors
    for trace in ("terminate", "what()", "exception", "this is a bug"):
        assert trace not in errors.lower(), errors


BAD_COMMAND_LINES = [
    ([], ["palabre serve"]),
    (["--bogus"], ["--bogus"]),
    (["nonsense", "more"], ["no command nonsense", "palabre --help"]),
    (["serve", "--bogus", "5"], ["no option --bogus", "palabre serve --help"]),
    (["serve", "extra"], ["extra"]),
    (["send", "/ops", "several", "words", "here"], ["with words", "quotes", "palabre send --help"]),
    (["lab", "impair", "--los", "3"], ["no option --los", "palabre lab impair --help"]),
    (["serve", "--port"], ["--port"]),
    (["serve", "--port", "65536"], ["--port", "65536", "65535"]),
    (["serve", "--port", "-1"], ["--port", "-1"]),
    (["serve", "--port", "http"], ["--port", "http"]),
    (["serve", "--port", "0x50"], ["--port", "0x50"]),
    (["serve", "--port", "0065536"], ["--port", "65536", "65535"]),
    (["serve", "--max-guests", "0"], ["--max-guests", "1"]),
    (["serve", "--idle", "1"], ["--idle", "2"]),
    (["serve", "--idle", "604801"], ["--idle", "604800"]),
    (["serve", "--log-level", "loud"], ["--log-level", "loud", "debug"]),
    (["serve", "--bind", "localhost"], ["localhost", "not a numeric IP address"]),
    (["serve", "--bind", "127.0.0.256"], ["127.0.0.256", "not a numeric IP address"]),
]


@pytest.mark.parametrize("arguments, words", BAD_COMMAND_LINES,
                         ids=[" ".join(line) or "nothing" for line, _ in BAD_COMMAND_LINES])
def test_a_bad_command_line_ends_it_with_64_and_one_clear_line(arguments, words):
    fails(64, *words, arguments=arguments)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "::1"])
def test_a_port_in_use_ends_it_with_69_and_one_clear_line(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as holder:
        holder.bind((host, 0))
        port = holder.getsockname()[1]
        fails(69, f"port {port} is in use", "--port", arguments=["serve", "--port", port])


def test_a_second_server_at_the_port_takes_nothing_from_the_first(server):
    a, b = server.guests(2)
    for flags in ([], ["--bind", "127.0.0.1"], ["--bind", "::1"]):
        fails(69, "in use", arguments=["serve", "--port", server.port, *flags])
    a.says("salut !")
    b.hears(f"{a.name}> salut !")


@pytest.mark.parametrize("host", ["198.51.100.1", "2001:db8::1",  # nobody's: for documentation
                                  "fe80::1", "ff02::1"])  # without its interface; everybody's
def test_an_address_that_cannot_be_bound_ends_it_with_69_and_one_clear_line(host):
    fails(69, f"{host} is not an address of this machine", "--bind",
          arguments=["serve", "--port", 0, "--bind", host])


# -------------------------------------------------------------------------------- the config file


@pytest.fixture
def config(tmp_path):
    """Writes a file of options: config("port = 0")."""
    def write(text):
        path = tmp_path / "palabre.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path
    return write


def test_all_that_a_flag_says_a_file_can_say(config):
    path = config('bind = "127.0.0.1"\nport = 5000\nmax-guests = 2\nidle = 3600\nmemory = true\n'
                  'log-level = "debug"\n')
    with Server("--config", path) as server:  # whose own --port goes before the file's
        server.guests(2)
        third = server.guest()
        third.says("let me in")
        third.told("full", "2 guests")
        _, hint = server.end()
        assert re.findall(r"nc -u (\S+)", hint) == ["127.0.0.1"]
        assert "idle for 3600 s" in server.log()


def test_the_port_and_the_level_of_a_file_hold(config):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        path = config(f"port = {port}\n")
        fails(69, f"port {port} is in use", arguments=["serve", "--config", path])
    with Server("--config", config('log-level = "error"\n')) as server:
        server.end()
        assert server.log() == ""


def test_flags_go_before_the_file(config):
    path = config('bind = "127.0.0.1"\nmax-guests = 1\nidle = 3600\nlog-level = "error"\n')
    flags = ["--bind", "::1", "--max-guests", 7, "--idle", 8, "--log-level", "info", "--memory"]
    with Server("--config", path, *flags) as server:
        server.end()
        assert f"listening on [::1:{server.port}], at most 7 guests, idle for 8 s" in server.log()


def test_an_empty_file_of_options_is_good(config):
    with Server("--config", config("# nothing yet\n")) as server:
        server.guests(2)


def test_a_file_that_cannot_be_read_ends_it_with_66_and_one_clear_line(tmp_path):
    missing = tmp_path / "missing.toml"
    for path in (missing, tmp_path):
        fails(66, str(path), "cannot be read", arguments=["serve", "--config", path])


BAD_FILES = [  # the text, the line at fault, what is said of it
    ("port = 70000\n", 1, ["port", "0 to 65535"]),
    ("# fine\n\nport = -1\n", 3, ["port", "0 to 65535"]),
    ('port = "5000"\n', 1, ["port", "a whole number"]),
    ("port = 5000.0\n", 1, ["port", "a whole number"]),
    ("port =\n", 1, []),
    ("port = 1\nport = 2\n", 2, ["port"]),
    ("port = 99999999999999999999\n", 1, []),
    ("idle = 1\n", 1, ["idle", "2 to 604800"]),
    ("max-guests = 0\n", 1, ["max-guests", "1 to 16384"]),
    ("max_guests = 3\n", 1, ["max_guests is no option", "max-guests"]),
    ("[serve]\nport = 0\n", 1, ["serve is no option"]),
    ('memory = "yes"\n', 1, ["memory", "true or false"]),
    ('memory-rooms = "x"\n', 1, ["memory-rooms", "a list of rooms"]),
    ('[keep]\nage = "soon"\n', 2, ["age", "for good"]),
    ('log-level = "loud"\n', 1, ["log-level", "debug"]),
    ("bind = 127001\n", 1, ["bind", "text"]),
    (b"\xff\xfe\n", 1, ["utf-8"]),
    ("\x7fELF\x02\x01\x01\x00", 1, []),
]


@pytest.mark.parametrize("text, line, words", BAD_FILES, ids=[repr(row[0]) for row in BAD_FILES])
def test_a_bad_file_ends_it_with_78_and_one_line_that_names_the_place(config, text, line, words):
    path = config(text)
    fails(78, f"{path}:{line}: ", *words, arguments=["serve", "--config", path])


@pytest.mark.parametrize("host", ["localhost", ""])
def test_a_bad_address_in_a_file_is_the_files_fault(config, host):
    path = config(f'bind = "{host}"\n')
    fails(78, f"{path}:1: ", "bind", arguments=["serve", "--config", path])


def test_what_a_bad_file_says_is_repeated_safely(config):
    path = config('"a\\nb\\u001b[2J" = 1\n')
    code, _, errors = run("serve", "--config", path)
    assert code == 78 and errors.count("\n") == 1 and "\x1b" not in errors


# ----------------------------------------------------------------------------------- asking it


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["serve", "--help"], ["serve", "-h"]],
                         ids=" ".join)
def test_every_help_has_an_example(arguments):
    code, output, errors = run(*arguments)
    assert (code, errors) == (0, "")
    assert "Example" in output and "palabre serve" in output and "nc -u" in output


def test_the_help_of_serve_names_every_flag():
    _, output, _ = run("serve", "--help")
    for flag in ("--bind ADDRESS", "--port PORT", "--max-guests N", "--idle SECONDS", "--memory",
                 "--config FILE", "--log-level"):
        assert flag in output, flag


def test_it_says_its_version_in_one_line():
    code, output, errors = run("--version")
    assert (code, errors) == (0, "")
    assert re.fullmatch(r"palabre \d+\.\d+\.\d+\n", output)
