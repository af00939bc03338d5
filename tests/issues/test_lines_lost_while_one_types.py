"""The lines of others stay, each once and in order, on the screen and in its history, whatever somebody
types meanwhile and does not send. Terminals disagree on how wide many characters are; a client that goes
up by a width of its own belief wipes what stands above."""

import os
import random
import re
import subprocess
import unicodedata

import pytest

from members import LONG, Process, eventually, home
from palabre import palabre
from screen import INDENT, columns_of

DRAFTS = int(os.environ.get("PALABRE_DRAFTS") or (250 if LONG else 12))  # for each width
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
KINDS = {
    "letters": ["word ", "a", "Zeile ", "d'or ", "x" * 30],
    "emoji": ["\U0001f600", "\u231a", FAMILY, FAMILY + "\u200d\U0001f466",
              "\U0001f469\U0001f3fd\u200d\U0001f4bb", "\U0001f3f3\ufe0f\u200d\U0001f308",
              "\U0001f44d\U0001f3fe", "\u2764\ufe0f", "\u260e\ufe0f", "1\ufe0f\u20e3", "\u2764\ufe0e"],
    "flags": ["\U0001f1eb\U0001f1f7", "\U0001f1f8\U0001f1f3", "\U0001f1eb",
              "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"],
    "CJK": ["\u6f22\u5b57", "\ud55c\uad6d\uc5b4", "\u304b\u3099", "\uff71", "\u1112\u1161\u11ab"],
    "combining": ["e\u0301", "q\u0303\u0302\u0323", "\u0e01\u0e47", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0bae\u0bca",
                  "a\u20dd"],
    "RTL": ["\u05e9\u05dc\u05d5\u05dd ", "\u0639\u0631\u0628\u064a ", "\u0644\u0627", "\u200f!", "\u05d1\u05bc"],
}
EDITS = ["Home", "End", "Left", "Right", "BSpace", "C-k", "C-w", "C-t", "C-y", "Up", "Down", "M-b"]


class Others:
    """One who says line after line in the lobby, by one connection."""

    def __init__(self, folder, port):
        self.process = Process(palabre("send", f"127.0.0.1:{port}", "--nick", "bot"),
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               env=home(folder, "bot"), bufsize=0)
        self.said = []

    def say(self, text):
        self.process.process.stdin.write(f"{text}\n".encode())
        self.said.append(f"#{len(self.said) + 1} bot: {text}")
        return self.said[-1]


def lines(screen):
    """All that the screen and its history show, in whole lines, and without the time of day."""
    columns = int(screen._tmux("display-message", "-p", "#{pane_width}"))
    whole, is_full = [], False
    for row in screen.rows():
        if is_full and row.startswith(INDENT):
            whole[-1] += row[len(INDENT):]
        else:
            whole.append(re.sub(r"^\d\d:\d\d ", "", row))
        is_full = columns_of(row) >= columns - 1
    while whole and not whole[-1]:
        whole.pop()
    days = re.compile(r"-- \w+, \d+ \w+ \d{4}$")
    return [line for line in whole if not days.match(line)]


def others_text(dice):
    """Of one row or of several. No blanks: those at the end of a row are not to be seen."""
    return "-".join(dice.choice(["hello", "there", "\u6f22\u5b57", "said"])
                    for _ in range(dice.choice([1, 3, 8, 20])))


def draft(dice):
    kinds = list(KINDS.values())
    if dice.random() < 0.4:
        kinds = [dice.choice(kinds), KINDS["letters"]]
    return "".join(dice.choice(dice.choice(kinds)) for _ in range(dice.choice([3, 12, 30, 70])))


@pytest.fixture
def others(table, tmp_path):
    others = Others(tmp_path, table.server.port)
    with others.process:
        yield others


def test_a_draft_of_families_leaves_the_lines_of_others_alone(table, others):
    awa = table.sits("awa")
    before = lines(awa)[:-1]
    awa.types("x" * 56 + FAMILY * 3)
    for text in ("one", "two", "three"):
        awa.shows(f"{others.say(text)}$")
    assert lines(awa)[:-1] == before + others.said
    awa.presses("Home", "End", "Left", "Left", "BSpace")
    awa.shows(f"{others.say('four')}$")
    assert lines(awa)[:-1] == before + others.said
    awa.presses("C-c")
    eventually(lambda: lines(awa) == [*before, *others.said, "lobby>"], "the draft is gone, and nothing else")


@pytest.mark.parametrize("columns", [40, 80])
def test_a_draft_of_any_kind_of_character_does_so(table, others, columns):
    dice = random.Random(columns)
    awa = table.sits("awa")
    awa.resizes(columns, 24)
    expected = []
    awa.shows(f"{others.say('begin')}$")
    for number in range(DRAFTS):
        typed = []
        for _ in range(dice.choice([1, 2, 3])):
            if dice.random() < 0.8:
                typed.append(draft(dice))
                awa.types(typed[-1])
            else:
                typed.append(dice.choices(EDITS, k=dice.choice([1, 4])))
                awa.presses(*typed[-1])
            for _ in range(dice.choice([0, 1, 2])):
                expected.append(others.say(others_text(dice)))
                typed.append(expected[-1])
        expected.append(others.say(f"end-of-{number}"))
        awa.shows(f" {expected[-1]}$")
        before = awa.cursor()
        awa.types("x")  # with nothing typed, the next would be the end
        eventually(lambda: awa.cursor() != before, "the x is read: C-c drops what is not")
        awa.presses("C-c")
        expected = expected[-40:]
        try:
            eventually(lambda: lines(awa)[-1 - len(expected):] == [*expected, "lobby>"],
                       "the lines of others are as they were said", 5)
        except AssertionError:
            seen = lines(awa)
            lost = [line for line in expected if line not in seen]
            junk = [line for line in seen if not re.match(r"#\d+ bot: |-- ", line)]
            raise AssertionError(f"draft {number}, {typed!r}\nlost: {lost}\nand there is: {junk}") from None


def test_a_window_of_any_width_does_so(table, others):
    dice = random.Random(1)
    awa = table.sits("awa")
    for number in range(DRAFTS if LONG else 4):
        awa.types(draft(dice))
        awa.shows(f" {others.say(f'before {number}')}$")
        awa.resizes(dice.randint(30, 120), dice.choice([10, 24, 40]))
        awa.presses(*dice.choices(EDITS, k=2))
        awa.shows(f" {others.say(f'after {number}')}$")
        seen = [line for line in lines(awa) if re.match(r"#\d+ bot: ", line)][-20:]
        assert seen == others.said[-20:], number
        awa.types("x")
        awa.presses("C-c")
