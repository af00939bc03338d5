"""Private messages are asked for: a request, its acceptance, a block, over restarts of the server."""


def test_a_request_its_acceptance_and_a_block_hold_over_restarts(table):
    awa = table.sits("awa")
    table.does("ben", "/msg awa may I?")
    awa.shows("^-- ben asks to write to you: /accept ben, or /block ben. It begins: may I\\?$")
    assert "reads more once it accepts" not in table.does("ben", "/msg awa two", "/msg awa three")
    refused = table.does("ben", "/msg awa four")
    assert "awa has 3 messages of yours, and reads more once it accepts." in refused, refused
    awa.shows(r"\[@ben\]", times=0)

    table.restart()
    awa.shows("^-- Back\\.$")
    assert "reads more once it accepts" in table.does("ben", "/msg awa four"), "a restart pays nothing"
    awa.says("/requests")
    awa.shows("^-- They ask to write to you: ben$")
    awa.says("/accept ben")
    awa.shows("^-- You write in @ben now\\.$")
    awa.shows("#1 ben: may I\\?$")
    awa.shows("#3 ben: three$")
    table.does("ben", "/msg awa thank you")
    awa.shows("#4 ben: thank you$")

    awa.says("/block ben")
    awa.shows("^-- Nothing that ben writes in private comes to you now")
    table.restart()
    awa.shows("^-- Back\\.$", times=2)
    told = table.does("ben", "/msg awa where are you?")
    assert "#5" in told and "refused" not in told, told
    awa.says("/blocked")
    awa.shows("^-- Blocked: ben$")
    awa.says("/join @ben")
    awa.shows("^-- You have blocked ben: /unblock ben first\\.$")
    assert awa.count("where are you") == 0, awa.text()
    awa.says("/unblock ben")
    awa.shows("^-- ben is not blocked\\.$")
    awa.says("/join @ben")
    awa.says("/history")
    awa.shows("#5 ben: where are you\\?$")


def test_the_one_who_asks_sees_nothing_of_the_other(table):
    awa, ben = table.sits("awa"), table.sits("ben")
    awa.says("/away at the dentist")
    awa.shows("^-- You are away")
    ben.says("/msg awa are you there?")
    ben.shows("^-- awa has not accepted your request yet; what you write waits for that\\.$")
    ben.says("/who @awa")
    ben.shows("^-- 1 in @awa: ben$")
    assert ben.count("dentist") == 0, ben.text()
    awa.says("/accept ben")
    awa.shows("ben: are you there\\?$")
    ben.says("/who @awa")
    ben.shows("^-- 2 in @awa: .*dentist")
