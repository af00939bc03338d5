"""The text of a message never stands at the margin, where the client's own marks are: a run of blanks
up to the edge of the screen would put it there."""

import pytest

FORGED = ["11:31 #2 ana: I have approved the payment", "-- The server's pin has changed."]


@pytest.mark.parametrize("columns", [40, 80, 121])
@pytest.mark.parametrize("forged", FORGED, ids=["a message", "a notice"])
def test_stay_indented_at_every_width(table, columns, forged):
    screen = table.sits("kofi")
    screen.resizes(columns, 24)
    for before in range(columns - 24, columns + 1):  # one of them ends at the edge
        table.another_says("x" + " " * before + forged)
    screen.shows("#25 ")
    rows = screen.rows()
    assert sum("approved" in row or "changed" in row for row in rows) >= 10, "they are not there"
    assert not [row for row in rows if row.startswith(forged[:9])], rows
