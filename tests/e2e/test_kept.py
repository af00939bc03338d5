"""Rooms that last, as guests and whoever runs the server see them: numbers, the past, retries, and the
commands that look at the file. What becomes of it when things break: test_kept_breaks.py.
"""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time

import pytest

from palabre import CLOSING, DEADLINE, Server, palabre, run


def numbered(guest):
    guest.says("/ack on")
    guest.told("Numbers are on", "kept")
    return guest


def asks(guest, question, count, first):
    """What comes again, without the line that announces it."""
    guest.says(question)
    guest.told(f"Here is #{first} to #{first + count - 1}:")
    return [guest.hears_a_line() for _ in range(count)]


# ------------------------------------------------------------------------------------ the numbers


def test_who_arrives_is_told_what_is_kept_and_shown_nothing_of_the_past(server):
    a, = server.guests(1)
    numbered(a).says("before")
    a.hears("#1")
    b = server.guest().comes_online(
        "1 other", "the last 100000 messages, 64 MiB at most, are kept for 90 days")
    a.says("after")
    b.hears(f"{a.name}> after")
    a.hears("#2")


def test_each_message_of_who_wants_numbers_is_answered_with_its_own(server):
    a, b = server.guests(2)
    numbered(a)
    for number in range(1, 6):
        a.says(f"line {number}")
        a.hears(f"#{number}")
        b.hears(f"{a.name}> line {number}")
    b.says("of another")
    a.hears(f"#6 {b.name}> of another")
    a.says("/ack off")
    a.told("Numbers are off")
    b.says("without")
    a.hears(f"{b.name}> without")


def test_what_was_missed_comes_from_its_number_on_with_ones_own(server):
    a, b = server.guests(2)
    for number in range(1, 31):
        author, reader = (a, b) if number % 2 else (b, a)
        author.says(f"line {number}")
        reader.hears(f"{author.name}> line {number}")
    said = [f"#{number} {(a if number % 2 else b).name}> line {number}" for number in range(1, 31)]
    assert asks(a, "/history 3", 3, 28) == said[27:]
    assert asks(b, "/history", 20, 11) == said[10:]
    assert asks(a, "/from 1", 30, 1) == said
    assert asks(a, "/from #29", 2, 29) == said[28:]
    a.says("/from 31")
    a.told("the last is #30")


def test_the_past_is_longer_than_what_is_at_hand_and_comes_whole(server):
    a, = server.guests(1)
    numbered(a)
    for number in range(1, 1001):
        a.says(f"line {number} " + "x" * 400)
        a.hears(f"#{number}")
    b = server.guest().comes_online()
    lines = []
    question = "/from 1"
    while question:
        b.says(question)
        b.told(f"Here is #{len(lines) + 1} to #1000:")
        question = None
        while len(lines) < 1000 and not question:
            line = b.hears_a_line()
            if line.startswith("-- There is more: "):
                question = line.removeprefix("-- There is more: ")
            else:
                lines.append(line)
        assert question is None or len(lines) > 500, "256 KiB come at once"
    assert lines == [f"#{number} {a.name}> line {number} " + "x" * 400
                     for number in range(1, 1001)]
    a.says("and now live")
    b.hears(f"{a.name}> and now live")
    a.hears("#1001")


def test_each_room_has_numbers_of_its_own(server):
    a, = server.guests(1)
    numbered(a)
    a.says("in the lobby")
    a.hears("#1")
    a.says("/join ops")
    a.told("You are in ops", "kept")
    a.says("/history")
    a.told("Nothing was said here yet")
    a.says("in ops")
    a.hears("#1")


@pytest.mark.parametrize("wrong, words", [
    *[(wrong, "Something is missing") for wrong in ("/from", "/ack", "/ack so", "/post", "/post alone")],
    *[(wrong, "That is not a valid number") for wrong in ("/history x", "/history 0", "/from x", "/from -1")],
])
def test_what_cannot_be_meant_is_answered_with_how_to_write_it(server, wrong, words):
    a, = server.guests(1)
    a.says(wrong)
    a.told(words, wrong.split()[0])


def test_numbers_come_in_order_ones_own_among_the_others(server):
    a, b = server.guests(2)
    numbered(a)
    numbered(b)
    with server.paused():
        for number in range(20):
            a.says(f"a {number}")
            b.says(f"b {number}")
    for guest in (a, b):
        numbers = [int(re.match(r"#(\d+)", guest.hears_a_line())[1]) for _ in range(40)]
        assert numbers == list(range(1, 41))


# ---------------------------------------------------------------------------------------- retries


def test_a_message_sent_again_under_its_id_is_said_once(server):
    a, b = server.guests(2)
    for _ in range(3):
        a.says("/post a-1 salut !")
        a.hears("#1 a-1")
    b.hears(f"{a.name}> salut !")
    b.says("/post a-1 of another author")
    b.hears("#2 a-1")
    a.hears(f"{b.name}> of another author")


def test_it_is_said_once_also_across_a_restart_and_in_another_room(data):
    with Server("--data", data) as first:
        a = first.guest()
        a.says("/join ops\n/post a-1 salut !")
        a.told("Welcome")
        a.told("You are in ops")
        a.hears("#1 a-1")
        first.end()
        a.hears(CLOSING)
        port = first.port
        with Server("--data", data, "--port", port):
            a.says("/post a-1 salut !")
            a.told("Welcome")
            a.hears("#1 a-1")
            a.says("/history")
            a.told("Nothing was said here yet")
            a.says("/join ops")
            a.told("You are in ops")
            assert asks(a, "/history", 1, 1) == [f"#1 {a.name}> salut !"]
            a.says("/quit")
            a.told("Goodbye")


# ---------------------------------------------------------------------------------- memory, ranges


def test_a_memory_server_keeps_nothing_and_says_so():
    with Server("--memory") as server:
        a = server.guest().comes_online("nothing is kept")
        a.says("/history")
        a.told("lobby keeps nothing")
        a.says("/ack on")
        a.told("this room keeps nothing")
        a.says("salut !")
        a.hears("#1")


def config(folder, text):
    folder.mkdir(exist_ok=True)
    file = folder / "palabre.toml"
    file.write_text(text)
    return file


def test_a_memory_room_keeps_nothing_beside_those_that_do(data):
    file = config(data.parent / "etc", 'memory-rooms = ["scratch"]\n')
    with Server("--data", data, "--config", file) as server:
        a, = server.guests(1)
        a.says("/join scratch")
        a.told("nothing is kept")
        a.says("/history")
        a.told("scratch keeps nothing")
        a.says("/join lobby")
        a.told("kept for 90 days")


def test_a_room_keeps_as_many_as_it_says_and_numbers_go_on(data):
    file = config(data.parent / "etc", '[keep]\nage = "for good"\nmessages = 10\nmebibytes = 0\n')
    with Server("--data", data, "--config", file) as server:
        a = server.guest().comes_online("the last 10 messages are kept")
        numbered(a)
        for number in range(1, 301):
            a.says(f"line {number}")
            a.hears(f"#{number}")
        server.end()
        a.hears(CLOSING)
    with Server("--data", data, "--config", file) as server:
        b = server.guest().comes_online()
        b.says("/from 1")
        b.told("Here is #1 to #300:")
        gone = int(re.fullmatch(r"-- Messages 1 to (\d+) are kept no longer\.",
                                b.hears_a_line())[1])
        assert 270 <= gone <= 290
        for number in range(gone + 1, 301):
            assert b.hears_a_line() == f"#{number} {a.name}> line {number}"
        numbered(b).says("next")
        b.hears("#301")


# ------------------------------------------------------------------------ log, backup, check


def said(*arguments):
    code, output, errors = run(*arguments)
    assert (code, errors) == (0, ""), errors
    return output


def test_a_room_is_read_from_its_file_live_or_not(data, server):
    a, = server.guests(1)
    a.says("/nick awa\n/ack on\none\ntwo lines")
    for words in ("awa*", "Numbers", "#1"):
        assert words in a.hears_a_line()
    a.says("/me waves")
    a.hears("#2")
    lines = said("log", "lobby", "--data", data).splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d #1 awa\*> one", lines[0])
    assert lines[1] == "  two lines" and lines[2].endswith("#2 * awa* waves")
    assert said("log", "lobby", "--data", data, "--from", "2").count("\n") == 1
    assert said("log", "lobby", "--data", data, "--since", "1h").count("\n") == 3
    assert said("log", "lobby", "--data", data, "--since", "2100-01-01") == ""
    entries = [json.loads(line) for line in
               said("log", "lobby", "--data", data, "--json").splitlines()]
    assert [(one["room"], one["number"], one["author"], one["kind"], one["text"])
            for one in entries] == [("lobby", "1", "awa*", "TEXT", "one\ntwo lines"),
                                    ("lobby", "2", "awa*", "ACTION", "waves")]
    assert all(abs(int(one["keptAt"]) / 1e6 - time.time()) < 3600 for one in entries)
    assert "All of it is sound" in said("check", "--data", data)
    server.end()
    a.hears(CLOSING)
    assert said("log", "lobby", "--data", data).splitlines() == lines
    assert "2 messages in 1 room" in said("check", "--data", data)


def test_a_log_follows_what_is_said(data, server):
    a, = server.guests(1)
    numbered(a).says("one")
    a.hears("#1")
    follower = subprocess.Popen(palabre("log", "lobby", "--data", data, "--follow"),
                                stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert follower.stdout.readline().endswith(f"#1 {a.name}> one\n")
        for number in range(2, 5):
            a.says(f"line {number}")
            a.hears(f"#{number}")
            assert follower.stdout.readline().endswith(f"#{number} {a.name}> line {number}\n")
    finally:
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=DEADLINE)


def test_a_backup_of_a_live_server_is_a_store_of_its_own(data, server):
    a, = server.guests(1)
    numbered(a).says("kept")
    a.hears("#1")
    copy = data.parent / "copy"
    copy.mkdir()
    assert "is copied to" in said("backup", copy / "palabre.db", "--data", data)
    assert (copy / "palabre.db").stat().st_mode & 0o777 == 0o600
    a.says("later")
    a.hears("#2")
    assert said("log", "lobby", "--data", copy).endswith(f"#1 {a.name}> kept\n")
    assert run("backup", copy / "palabre.db", "--data", data)[0] != 0  # it is there already


@pytest.mark.parametrize("arguments, code, words", [
    (["log", "nowhere"], 67, ["no room nowhere", "lobby"]),
    (["log", "a b"], 64, ["no room's name"]),
    (["log", "lobby", "--since", "soon"], 64, ["--since soon", "2h"]),
])
def test_what_cannot_be_looked_at_is_said_in_one_line(data, server, arguments, code, words):
    a, = server.guests(1)
    numbered(a).says("kept")
    a.hears("#1")
    got, output, errors = run(*arguments, "--data", data)
    assert (got, output) == (code, "") and errors.count("\n") == 1
    for word in words:
        assert word in errors


def test_where_nothing_is_kept_the_commands_say_so(data):
    for command in (["log", "lobby"], ["check"], ["backup", data.parent / "copy"]):
        code, _, errors = run(*command, "--data", data)
        assert code == 66 and "is not there" in errors


# ------------------------------------------------------------------------------------ the folder


def test_the_folder_and_the_file_are_the_servers_alone(data, server):
    server.guests(1)
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / "palabre.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_root_may_keep_rooms_where_whom_it_becomes_could_not_go(data):
    closed = data.parent / "closed"
    closed.mkdir(0o700)
    with Server("--data", closed / "data") as server:
        a, b = server.guests(2)
        a.says("/post first hello")
        a.hears("#1 first")
        b.hears(f"{a.name}> hello")
        b.says("/from 1")
        b.told("Here is #1")
        b.hears(f"#1 {a.name}> hello")
        code, output, _ = run("log", "lobby", "--data", closed / "data")
        assert code == 0 and output.endswith("hello\n")
    names = {path.name for path in (closed / "data").iterdir()}
    names.discard("cloaks.secret")  # where guests may come from everywhere, as in a container
    assert sorted(names) == [
        "palabre.db", "palabre.db.lock", "quic.secret", "server.crt", "server.key"]
    with Server("--data", closed / "data") as server:
        a, = server.guests(1)
        a.says("/post second hello again")
        a.hears("#2 second")


def test_a_second_server_on_the_same_data_is_refused(data, server):
    code, _, errors = run("serve", "--port", 0, "--data", data, "--control", data.parent / "c")
    assert code != 0 and "another" in errors, errors


def from_the_future(file):
    with contextlib.closing(sqlite3.connect(file)) as store:
        store.execute("PRAGMA user_version = 1000")


@pytest.mark.parametrize("spoil, words", [
    (lambda file: file.write_bytes(b"something else entirely" * 100), ["palabre.db"]),
    (from_the_future, ["newer"]),
])
def test_a_file_that_it_cannot_serve_ends_it_with_one_clear_line(data, spoil, words):
    with Server("--data", data) as server:
        server.guests(1)
    spoil(data / "palabre.db")
    code, _, errors = run("serve", "--port", 0, "--data", data, "--control", data.parent / "c",
                          "--log-level", "error")
    assert code != 0 and errors.count("\n") == 1, errors
    for word in words:
        assert word in errors


def test_with_no_disk_to_wait_for_a_lone_message_is_answered_in_a_moment(server):
    a, = server.guests(1)
    numbered(a)
    began = time.monotonic()
    for number in range(1, 21):
        a.says("x")
        a.hears(f"#{number}")
    assert time.monotonic() - began < 5
