"""A line that is too long for one message is offered as several at a terminal, as a paste is: nothing
goes out before another Enter, and nothing is refused after it was typed."""

import re
import subprocess

import pytest

from members import home
from palabre import DEADLINE, palabre

LETTERS = "".join(chr(0x4e00 + i) for i in range(440))


def texts(table, folder):
    told = subprocess.run(palabre("tail", f"127.0.0.1:{table.server.port}", "--nick", "bot"),
                          env=home(folder, "bot"), capture_output=True, timeout=DEADLINE,
                          encoding="utf-8").stdout
    return [line.split("> ", 1)[1] for line in told.splitlines()]


@pytest.mark.parametrize("paste", [False, True], ids=["typed", "pasted"])
def test_are_offered_as_several(table, tmp_path, paste):
    awa = table.sits("awa")
    if paste:
        awa.pastes(LETTERS)
    else:
        awa.says(LETTERS)
    awa.shows("^-- That is too long for one message: Enter sends it as 2 messages, Ctrl-C takes it back")
    assert texts(table, tmp_path) == []
    awa.presses("C-c")
    awa.shows("^lobby>$")
    awa.says(LETTERS)
    awa.shows("^-- That is too long for one message", times=2)
    awa.presses("Enter")
    awa.shows("#2 you: ")
    awa.shows("^lobby>$")
    sent = texts(table, tmp_path)
    assert len(sent) == 2 and "".join(sent) == LETTERS, sent
    awa.says("done")
    awa.shows("#3 you: done$")


def test_end_after_a_word_and_are_asked_about_again_once_changed(table, tmp_path):
    awa = table.sits("awa")
    words = " ".join(f"word{i:03}" for i in range(160))
    awa.says(f"/me {words}")
    awa.shows("^-- That is too long for one message: Enter sends it as 2 messages")
    awa.types(" " + words)
    awa.presses("Enter")
    awa.shows("^-- That is too long for one message: Enter sends it as 3 messages")
    assert texts(table, tmp_path) == []
    awa.presses("Enter")
    awa.shows(r"#3 \* awa ")
    told = subprocess.run(palabre("tail", f"127.0.0.1:{table.server.port}", "--nick", "bot"),
                          env=home(tmp_path, "bot"), capture_output=True, timeout=DEADLINE,
                          encoding="utf-8").stdout
    sent = re.findall(r"\* awa (.*)", told)
    assert " ".join(sent) == f"{words} {words}", sent


def test_of_a_paste_of_many_lines_too(table, tmp_path):
    awa = table.sits("awa")
    lines = "\n".join(f"line {i} {'y' * 60}" for i in range(40))
    awa.pastes(lines)
    awa.shows("^-- 40 lines were pasted: Enter sends them as 3 messages, Ctrl-C takes them back")
    awa.presses("Enter")
    awa.shows("#3 you: ")
    told = subprocess.run(palabre("tail", f"127.0.0.1:{table.server.port}", "--nick", "bot"),
                          env=home(tmp_path, "bot"), capture_output=True, timeout=DEADLINE,
                          encoding="utf-8").stdout
    assert [int(i) for i in re.findall(r"line (\d+) y{60}$", told, re.MULTILINE)] == list(range(40))


def test_are_refused_where_nobody_can_be_asked(table, tmp_path):
    told = table.does("awa", LETTERS)
    assert re.search('^-- Not sent, ".+ …": too long, ', told, re.MULTILINE), told
    assert texts(table, tmp_path) == []
