"""A room's topic: told, shown to those who come, kept, and for everybody in whatever way they are in."""

from members import eventually
from palabre import Server, run
from screen import Screen


def test_a_topic_is_told_shown_and_kept(data):
    with Server("--data", data) as server:
        a, b = server.guests(2)
        a.says("/nick ana")
        a.told("You are ana*")
        a.says("/topic deck   plans, \x1b[2Jnow")
        line = "-- ana* has set the topic of lobby: deck   plans, \N{REPLACEMENT CHARACTER}[2Jnow"
        a.hears(line)
        b.hears(line)
        b.says("/who")
        b.told("Topic by ana*: deck   plans")
        b.says("/topic " + "x" * 301)
        b.told("301 bytes, 300 at most")
    with Server("--data", data) as server:
        newcomer = server.guest()
        newcomer.says("hello")
        newcomer.told("Topic by ana*: deck   plans")
        eventually(lambda: run("log", "lobby", "--data", data)[0] == 0, "the hello is kept")
        code, output, _ = run("log", "lobby", "--data", data)
        assert code == 0 and output.startswith("-- lobby. Topic by ana*: deck   plans"), output
        code, output, _ = run("log", "lobby", "--data", data, "--json")
        assert "Topic" not in output
        newcomer.says("/topic")
        newcomer.hears(f"-- {newcomer.name} has taken the topic of lobby away.")


def test_a_member_reads_it_in_the_prompt_and_sets_it(folder):
    with Server("--data", folder / "data") as server:
        with Screen(folder, "awa", f"127.0.0.1:{server.port}/lobby") as awa:
            awa.shows("^lobby>")
            awa.says("/topic the tide is at two")
            awa.shows("^-- awa has set the topic of lobby: the tide is at two$")
            awa.shows(r"^lobby \(the tide is at two\)>")
            guest = server.guest()
            guest.says("hello")
            guest.told("Topic by awa: the tide is at two")
            guest.says("/topic a topic that is far longer than a third of such a row can show")
            guest.told("has set the topic of lobby: a topic")
            awa.shows(r"^lobby \(a topic that is far longe…\)>")
            awa.says("/who")
            awa.shows(r"^-- lobby\. Topic by \[.*\]: a topic that is far longer")
            awa.says("/topic")
            awa.shows(r"^-- awa has taken the topic of lobby away\.")
            awa.shows("^lobby>")
            guest.told("awa has taken the topic of lobby away.")
