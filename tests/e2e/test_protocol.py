"""Replays the transcripts of docs/protocol.md against the real server."""

import re

import pytest

from palabre import ROOT, Server

PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
TRANSCRIPTS = re.findall(r"^\*transcript:\*\n\n((?:    .*\n)+)", PAGE, re.MULTILINE)
# Who, what, then the text as it is, blanks at its beginning included.
STEP = re.compile(r"    (\w+) (is|sends |gets  ) (.*)")


def steps(transcript):
    for line in transcript.splitlines():
        name, verb, text = STEP.fullmatch(line).groups()
        yield name, verb.strip(), text


def test_the_page_has_transcripts():
    assert TRANSCRIPTS


@pytest.mark.parametrize("transcript", TRANSCRIPTS)
def test_a_transcript_of_the_page_is_what_happens(transcript):
    with Server() as server:
        guests, shown = {}, {}

        def as_it_is_here(text):
            for name, address in shown.items():
                text = text.replace(address, guests[name].name)
            return text

        for name, verb, text in steps(transcript):
            if verb == "is":
                guests[name], shown[name] = server.guest(), text
            elif verb == "sends":
                guests[name].says(text.replace("\\n", "\n"))
            else:
                guests[name].hears(as_it_is_here(text))
