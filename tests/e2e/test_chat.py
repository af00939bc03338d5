"""`palabre chat` as a person sees it: typed into, and read off, a terminal of tmux's."""

import re

from palabre import run
from screen import COLUMNS, ROWS


def test_a_line_waits_and_is_kept_with_its_number(table):
    awa = table.sits("awa")
    awa.says("good morning")
    awa.shows(r"^\d\d:\d\d #1 you: good morning$")
    table.relay.cut()
    awa.says("does anybody hear me?")
    assert awa.shows(r"^… does anybody hear me\?$").endswith("lobby>")
    assert awa.count("#2") == 0
    table.relay.heal()
    awa.shows(r"^\d\d:\d\d #2 you: does anybody hear me\?$")
    awa.shows("^…", times=0)


def test_the_network_goes_and_comes_back_and_nothing_is_missed(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("first")
    awa.says("second")
    awa.shows("^-- The server does not answer. What you write waits")
    table.another_says("while you were away")
    assert awa.count("while you were away") == 0
    table.relay.heal()
    awa.shows(r"^-- (It answers again|Back)\.$")
    awa.shows(r"#1 bot: while you were away$")
    awa.shows(r"#2 you: first$")
    seen = awa.shows(r"#3 you: second$")
    assert re.findall(r" #(\d+) ", seen) == ["1", "2", "3"], seen
    awa.shows("^…", times=0)


def test_what_is_being_typed_stays_when_others_speak_and_the_window_changes(table):
    awa = table.sits("awa")
    awa.types("this is a sentence that is not sent yet, and longer than forty columns")
    awa.shows("not sent yet")
    table.another_says("may I?")
    awa.shows("bot: may I\\?$")
    awa.resizes(50, 20)
    table.another_says("again?")
    awa.shows("bot: again\\?$")
    joined = awa.text().replace("\n", "")
    assert joined.count("a sentence that is not sent yet, and longer than forty columns") == 1, joined
    awa.resizes(COLUMNS, ROWS)
    awa.presses("Enter")
    awa.shows("#3 you: this is a sentence that is not sent yet")


def test_many_lines_that_are_pasted_are_asked_about_and_are_one_message(table):
    awa = table.sits("awa")
    awa.pastes("one\ntwo\nthree")
    awa.shows("^-- 3 lines were pasted: Enter sends them as one message, Ctrl-C takes")
    assert awa.count("#1") == 0
    awa.presses("C-c")
    awa.pastes("four\nfive")
    awa.shows("^-- 2 lines were pasted")
    awa.presses("Enter")
    awa.shows(r"#1 you: four\n +five$")
    awa.says("done")
    awa.shows("#2 you: done$")


def test_two_of_them_speak_alone_and_names_complete_themselves(table):
    awa, ben = table.sits("awa"), table.sits("ben")
    ben.says("hello")
    awa.shows("ben: hello$")
    awa.types("be")
    awa.presses("Tab")
    awa.types("good day")
    awa.presses("Enter")
    ben.shows("awa: ben: good day$")
    awa.types("/hi")
    awa.presses("Tab")
    awa.shows("^lobby> /history")
    awa.presses("C-c")
    awa.says("/msg ben between us")
    awa.shows("^-- ben has not accepted your request yet; what you write waits for that")
    ben.shows("^-- awa asks to write to you: /accept awa, or /block awa. It begins: between us$")
    ben.shows(r"\[@\w+\] awa: between us$", times=0)
    ben.says("/accept awa")
    ben.shows("^-- You write in @awa now")
    ben.shows(r"awa: between us$")
    ben.says("yes")
    awa.shows(r"\[@ben\] ben: yes$")
    chloe = table.sits("chloe")
    chloe.shows("between us", times=0)
    _, who, _ = run("who", "--control", table.server.control)
    assert re.search(r"  lobby, 1 for two +awa\n", who) and re.search(r"  lobby +chloe\n", who), who


def test_who_leaves_with_something_unsent_is_warned_once(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("wait")
    awa.shows("^… wait$")
    awa.says("/quit")
    awa.shows("^-- 1 of your messages is not kept yet, and is lost if you leave now. /quit again")
    awa.says("/quit")
    awa.shows("^-- Unconfirmed: wait$")
    awa.ends()


def test_a_room_for_two_that_is_opened_during_an_outage_is_shown(table):
    awa = table.sits("awa")
    table.relay.cut()
    table.restart()
    table.does("ben", "/msg awa between us")
    table.relay.heal()
    awa.shows("^-- Back\\.$")
    awa.shows("^-- ben asks to write to you: /accept ben, or /block ben")


def test_who_comes_back_to_a_room_is_shown_what_is_new_since_it_left(table):
    awa = table.sits("awa")
    table.another_says("old")
    awa.shows("#1 bot: old$")
    awa.says("/join ops")
    awa.shows("^-- You write in ops now\\.$")
    awa.says("/leave lobby")
    awa.shows("^-- You have left lobby\\.$")
    table.another_says("new")
    awa.says("/join lobby")
    awa.shows("^-- You write in lobby now\\.$")
    awa.shows("^-- New in lobby since you left: 1 message$")
    awa.shows("#2 bot: new$")
    assert awa.count("#1 bot: old$") == 1, awa.text()
    awa.says("/join lobby")
    awa.shows("^-- You write in lobby already\\.$")
    awa.says("/leave")
    awa.shows("^-- You write in ops now\\.$", times=2)


def test_a_link_is_joined_where_it_is_of_this_server(table):
    awa = table.sits("awa")
    port = table.relay.port
    awa.says(f"/join palabre://127.0.0.1:{port}/ops")
    awa.shows("^ops>")
    awa.says("/join palabre://elsewhere.example/ops")
    awa.shows("^-- That link is of another server, elsewhere.example")
    awa.says(f"/join palabre://127.0.0.1:{port}/vip#pin={'A' * 43}")
    awa.shows("^-- That link names another pin than this server has")


def test_a_room_that_was_left_at_once_can_be_joined_again(table):
    awa = table.sits("awa")
    awa.says("/join ops")
    awa.shows("^ops>")
    awa.types("hi\n/leave\n")
    awa.shows("^-- You have left ops")
    awa.shows(r"#1 (\[ops\] )?you: hi$")
    awa.says("/join ops")
    awa.shows("^ops>")
    awa.says("again")
    awa.shows("#2 you: again$")


def test_history_shows_what_was_said_before_one_came_back(table):
    awa = table.sits("awa")
    for number in range(1, 5):
        awa.says(f"message {number}")
        awa.shows(f"#{number} you: message {number}$")
    awa.says("/quit")
    awa.ends()
    awa = table.sits("awa")
    awa.says("/history 3")
    awa.shows("#2 you: message 2$")
    awa.shows(r"^-- \(/history goes on before that\)$")
    awa.says("/history")
    awa.shows("#1 you: message 1$")
    awa.shows(r"^-- \(that is all\)$")
    awa.says("/history")
    awa.shows("^-- There is nothing before what you see")
    awa.says("/who lobby")
    awa.shows("^-- Not done: you are|^-- 1 in lobby: awa$")


def test_a_refusal_is_said_once_and_without_names_of_programs(table):
    awa = table.sits("awa")
    awa.says("/msg nobody psst")
    seen = awa.shows('^-- Not sent, "psst": nobody is no member here')
    assert awa.count("is no member here") == 1, awa.text()
    assert not re.search(r"[0-9a-f]{16}\.\d", seen), seen
    seen = table.does("ben", "x" * 1300)
    assert re.search('^-- Not sent, "x+ …": too long, ', seen, re.MULTILINE), seen
    assert not re.search(r"[0-9a-f]{16}\.\d", seen), seen


def test_a_question_during_an_outage_is_answered_at_once(table):
    awa = table.sits("awa")
    table.relay.cut()
    awa.says("hello?")
    awa.shows("^-- The server does not answer")
    awa.says("/who")
    awa.shows("^-- The server cannot be reached now; ask again when it is back\\.$")


def test_what_is_found_of_ones_own_is_said_to_be_ones_own(table):
    awa = table.sits("awa")
    awa.says("a needle")
    awa.shows("#1 you: a needle$")
    awa.says("/search needle")
    awa.shows("#1 you: a needle$", times=2)
