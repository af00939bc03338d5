#include "server/doors/operators/operators_door.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sysexits.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "chat/memory_history.h"
#include "drivers/members_driver.h"
#include "drivers/socket_driver.h"
#include "server/udp_port.h"

namespace palabre::server {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using What = ControlRequest::What;

guard::Policy open_to_all() {
  guard::Policy policy;
  policy.trusted = {*guard::Network::parse("0.0.0.0/0"), *guard::Network::parse("::/0")};
  return policy;
}

Inviting inviting() {
  return {.host = "192.0.2.1",
          .port = 5000,
          .pin = Pin{},
          .access = {{{"ops"}}},
          .draw = [] { return wire::InviteToken{}; },
          .wall = [] { return WallTime{}; }};
}

ControlRequest order(const std::string& verb, const std::string& target,
                     std::chrono::seconds time = 600s) {
  ControlRequest request{.what = What::kOrder};
  if (verb == "freeze" || verb == "thaw") {
    request.target = target;
    request.line = verb;
  } else {
    request.line = verb + " " + target;
  }
  if (verb == "mute" || verb == "ban") request.line += fmt::format(" --for {}s", time.count());
  return request;
}

/// A server with guests, and its operator.
struct OperatedServer {
  explicit OperatedServer(chat::History& history) : house(hub, history, {&guests, &operators}) {
    house.open(now);
  }

  /// A guest's datagram; returns the label of its address.
  std::string say(const std::string& ip, std::uint16_t port, const std::string& text) {
    const auto from = *Address::parse(ip, port);
    socket.put({from, text}, 2);
    udp.on_readable(now);
    return from.label();
  }
  /// Returns and removes the bytes sent to the guest since the last call.
  std::string heard(const std::string& label) {
    std::string heard;
    std::erase_if(socket.sent, [&](const link::Datagram& datagram) {
      const bool is_its = datagram.peer.label() == label;
      if (is_its) heard += datagram.bytes;
      return is_its;
    });
    return heard;
  }

  ControlAnswer ask(What what, std::string target = {}) {
    return answer_to({.what = what, .target = std::move(target)});
  }
  ControlAnswer ask(const std::string& verb, const std::string& target,
                    std::chrono::seconds time = 600s) {
    return answer_to(order(verb, target, time));
  }
  /// Fails if there is no answer once the house has settled.
  ControlAnswer answer_to(const ControlRequest& request) {
    std::optional<ControlAnswer> answer;
    operators.ask(request, "COUNTS", now, [&](const ControlAnswer& given) {
      EXPECT_FALSE(answer) << "it is answered twice";
      answer = given;
    });
    house.settle(now);
    EXPECT_TRUE(answer) << "it is not answered yet";
    operators.stop();
    return answer.value_or(ControlAnswer{});
  }
  /// The answer to a request that must succeed.
  template <typename... Args>
  std::string done(const Args&... args) {
    const ControlAnswer answer = ask(args...);
    EXPECT_EQ(answer.exit_code, EX_OK) << answer.text;
    return answer.text;
  }
  template <typename Verb>
  int fails(const Verb& verb, const std::string& target) {
    const ControlAnswer answer = ask(verb, target);
    EXPECT_EQ(answer.text.find('\n'), std::string::npos);
    EXPECT_TRUE(answer.text.ends_with('.')) << answer.text;
    return answer.exit_code;
  }

  Instant now = Instant{} + 1000s;
  chat::Hub hub{chat::Limits{}};
  guard::Gate gate{open_to_all(), {}, {5000}};
  link::RecordingSocket socket;
  PlainDoor guests{{0}, gate, socket};
  OperatorsDoor operators{{1}, gate, inviting()};
  House house;
  UdpPort udp{house, socket, {&guests}};
};

struct InMemory {
  chat::MemoryHistory history{[] { return 7U; }};
};

class OperatorsDoorTest : protected InMemory, protected OperatedServer, public testing::Test {
 protected:
  OperatorsDoorTest() : OperatedServer(history) {}
};

TEST_F(OperatorsDoorTest, ListsWhoIsOnline) {
  EXPECT_EQ(done(What::kWho), "0 guests online");
  say("10.0.0.7", 40000, "/nick awa\n/join ops\n");
  now += 65s;
  say("2001:db8::1", 6000, "\n");
  EXPECT_EQ(done(What::kWho),
            "address             silent  rooms  shown as\n"
            "[10.0.0.7:40000]     1m 5s  ops    awa*\n"
            "[2001:db8::1:6000]      0s  lobby  [2001:db8::1:6000]\n"
            "2 guests online");
}

TEST_F(OperatorsDoorTest, ListsWhoIsInARoom) {
  say("10.0.0.7", 40000, "/nick awa\n/join ops\n");
  say("10.0.0.8", 40000, "\n");
  const std::string listed = done(What::kWho, "#Ops");
  EXPECT_NE(listed.find("awa*"), std::string::npos);
  EXPECT_EQ(listed.find("10.0.0.8"), std::string::npos);
  EXPECT_NE(listed.find("\n1 guest in ops"), std::string::npos);
  EXPECT_EQ(fails(What::kWho, "nowhere"), EX_NOUSER);
  EXPECT_EQ(fails(What::kWho, "bad name!"), EX_USAGE);
}

TEST_F(OperatorsDoorTest, KicksAGuestHoweverItIsWritten) {
  for (const std::string target :
       {"awa", "awa*", "AWA", "[10.0.0.7:40000]", "10.0.0.7:40000", "[10.0.0.7]:40000"}) {
    const std::string at = say("10.0.0.7", 40000, "/nick awa\n");
    EXPECT_EQ(done("kick", target),
              "awa* at [10.0.0.7:40000] was kicked and may come back; palabre ban keeps an address "
              "out.");
    EXPECT_TRUE(heard(at).ends_with("-- You were shown the door.\n"));
    EXPECT_EQ(hub.online(), 0U);
  }
  for (const std::string target :
       {"[2001:db8::1:6000]", "2001:db8::1:6000", "[2001:db8::1]:6000"}) {
    say("2001:db8::1", 6000, "\n");
    done("kick", target);
    EXPECT_EQ(hub.online(), 0U) << target;
  }
}

TEST_F(OperatorsDoorTest, KicksNobodyElse) {
  say("10.0.0.7", 40000, "/nick awa\n");
  for (const std::string target : {"moussa", "[10.0.0.7:40001]", "10.0.0.8:40000", "*", "[]", ":",
                                   "[:]", "[10.0.0.7:99999]", "awa**", "\x1b"}) {
    EXPECT_EQ(fails("kick", target), EX_NOUSER) << target;
  }
  EXPECT_EQ(fails("kick", "10.0.0.7"), EX_USAGE);
  EXPECT_EQ(fails("kick", "a b"), EX_USAGE);
  EXPECT_EQ(hub.online(), 1U);
}

TEST_F(OperatorsDoorTest, TakesAnAddressForAnAddressWhoeverCallsItselfSo) {
  say("10.0.0.66", 40000, "/nick 10.0.0.7\n");
  ASSERT_EQ(hub.list(now)[0].shown, "10.0.0.7*");
  EXPECT_EQ(done("ban", "10.0.0.7"), "10.0.0.7 is banned for 10m.");
  EXPECT_EQ(hub.online(), 1U);
  done("kick", "10.0.0.7*");
  EXPECT_EQ(hub.online(), 0U);
}

TEST_F(OperatorsDoorTest, MutesAGuestUntilItsTimeAlsoWhenItComesBack) {
  const std::string reader = say("10.0.0.8", 40000, "\n");
  const std::string at = say("10.0.0.7", 40000, "/nick awa\n");
  EXPECT_EQ(done("mute", "awa"),
            "awa* at [10.0.0.7:40000] is muted for 10m: it reads, and nobody hears it.");
  heard(at), heard(reader);
  say("10.0.0.7", 40000, "one\n");
  EXPECT_EQ(heard(at), "-- Not sent: you are muted for a while.\n");
  say("10.0.0.8", 40000, "do you read?\n");
  EXPECT_EQ(heard(at), "[10.0.0.8:40000]> do you read?\n");

  done("kick", "awa");
  heard(at);
  now += 1s;
  say("10.0.0.7", 40000, "two\n");
  EXPECT_EQ(heard(at),
            "-- Welcome back to lobby as awa*: 1 other is here, nothing is kept. /help lists the "
            "commands.\n-- Not sent: you are muted for a while.\n");
  EXPECT_EQ(heard(reader), "");

  now += 600s;
  say("10.0.0.7", 40000, "three\n");
  EXPECT_EQ(heard(reader), "awa*> three\n");
}

TEST_F(OperatorsDoorTest, BansAnAddressAndKicksEverybodyFromIt) {
  const std::string one = say("10.0.0.7", 40000, "/nick awa\n");
  const std::string two = say("10.0.0.7", 40001, "\n");
  say("10.0.0.8", 40000, "\n");
  for (const std::string target : {"10.0.0.7", "awa", "[10.0.0.7:40001]", "10.0.0.7:9"}) {
    say("10.0.0.7", 40000, "/nick awa\n");
    say("10.0.0.7", 40001, "\n");
    heard(one), heard(two);
    EXPECT_EQ(done("ban", target, 7200s),
              "10.0.0.7 is banned for 2h.\nawa* at [10.0.0.7:40000] was kicked.\n"
              "[10.0.0.7:40001] was kicked.")
        << target;
    EXPECT_EQ(heard(two), "-- You were shown the door, and are banned.\n");
    say("10.0.0.7", 40001, "let me in\n");
    EXPECT_EQ(heard(two), "");
    EXPECT_EQ(hub.online(), 1U);
    now += 7200s;
  }
}

TEST_F(OperatorsDoorTest, BansANetworkAndOfAnIpv6AddressItsSixtyFour) {
  say("10.0.0.7", 40000, "\n");
  say("10.0.1.7", 40000, "\n");
  EXPECT_EQ(done("ban", "10.0.0.0/24"),
            "10.0.0.0/24 is banned for 10m.\n[10.0.0.7:40000] was kicked.");
  say("10.0.0.9", 40000, "\n");
  EXPECT_EQ(hub.online(), 1U);
  say("2001:db8::7", 40000, "\n");
  EXPECT_EQ(done("ban", "2001:db8::9"),
            "2001:db8::/64 is banned for 10m.\n[2001:db8::7:40000] was kicked.");
  const std::string stats = done(What::kStats);
  EXPECT_NE(stats.find("10.0.0.0/24"), std::string::npos) << stats;
  EXPECT_NE(stats.find("2001:db8::/64"), std::string::npos) << stats;
  EXPECT_EQ(fails("unban", "10.0.0.7"), EX_NOUSER) << "by a wider ban";
  EXPECT_EQ(done("unban", "10.0.0.0/24"), "10.0.0.0/24 is no longer banned.");
  EXPECT_EQ(done("unban", "2001:db8::7"), "2001:db8::/64 is no longer banned.");
  EXPECT_EQ(fails("ban", "10.0.0.0/33"), EX_NOUSER);
}

TEST_F(OperatorsDoorTest, EndsABan) {
  done("ban", "10.0.0.7");
  EXPECT_EQ(done("unban", "::ffff:10.0.0.7"), "10.0.0.7 is no longer banned.");
  say("10.0.0.7", 40000, "\n");
  EXPECT_EQ(hub.online(), 1U);
  EXPECT_EQ(fails("unban", "10.0.0.7"), EX_NOUSER);
  EXPECT_EQ(fails("unban", "awa"), EX_NOUSER);
  EXPECT_EQ(fails("ban", "nobody.here"), EX_NOUSER);
}

TEST_F(OperatorsDoorTest, FreezesARoomWhichIsRead) {
  const std::string reader = say("10.0.0.8", 40000, "/join ops\n");
  const std::string at = say("10.0.0.7", 40000, "/join ops\n");
  done("freeze", "ops");
  heard(at), heard(reader);
  say("10.0.0.7", 40000, "one\n");
  EXPECT_EQ(heard(at), "-- Not sent: this room is for reading only at the moment.\n");
  EXPECT_EQ(done("thaw", "/OPS"), "ops is open to writing again.");
  say("10.0.0.7", 40000, "two\n");
  EXPECT_EQ(heard(reader), "[10.0.0.7:40000]> two\n");
  EXPECT_EQ(fails("freeze", "bad name!"), EX_USAGE);
}

TEST_F(OperatorsDoorTest, FreezesARoomThatNobodyIsIn) {
  EXPECT_EQ(done("freeze", "Ops"), "ops is for reading only, until palabre freeze ops --off.");
  EXPECT_EQ(done("freeze", "ops"), "ops is for reading only, until palabre freeze ops --off.")
      << "it is so already";
  EXPECT_EQ(done(What::kStats),
            "COUNTS\nguests online: 0\nmembers online: 0\nrooms: 0\n             0  ops, for "
            "reading only");
  const std::string at = say("10.0.0.7", 40000, "/join ops\n");
  heard(at);
  say("10.0.0.7", 40000, "one\n");
  EXPECT_EQ(heard(at), "-- Not sent: this room is for reading only at the moment.\n");
  EXPECT_EQ(done("thaw", "nowhere"), "nowhere is open to writing again.");
}

TEST(OperatorsDoorOfKeptRooms, FreezesARoomUntilItIsThawedWhoeverLeavesIt) {
  const std::string refusal = "-- Not sent: this room is for reading only at the moment.\n";
  PagedHistory history;
  {
    OperatedServer server(history);
    const std::string at = server.say("10.0.0.7", 40000, "/join ops\n");
    server.done("freeze", "ops");
    server.say("10.0.0.7", 40000, "/join lobby\n");
    EXPECT_EQ(server.hub.rooms(), 1U) << "nobody reads it any more";
    server.say("10.0.0.7", 40000, "/join ops\n");
    server.heard(at);
    server.say("10.0.0.7", 40000, "one\n");
    EXPECT_EQ(server.heard(at), refusal);
  }
  {
    OperatedServer restarted(history);
    const std::string at = restarted.say("10.0.0.7", 40000, "/join ops\n");
    restarted.heard(at);
    restarted.say("10.0.0.7", 40000, "two\n");
    EXPECT_EQ(restarted.heard(at), refusal);
    restarted.done("thaw", "ops");
  }
  OperatedServer again(history);
  const std::string reader = again.say("10.0.0.8", 40000, "/join ops\n");
  again.say("10.0.0.7", 40000, "/join ops\n");
  again.heard(reader);
  again.say("10.0.0.7", 40000, "three\n");
  EXPECT_EQ(again.heard(reader), "[10.0.0.7:40000]> three\n");
}

TEST(OperatorsDoorOfKeptRooms, FreezesNothingWhereThatIsNotKept) {
  PagedHistory history;
  OperatedServer server(history);
  history.fails = true;
  const std::string not_kept =
      "It was not kept, and nothing has changed: the disk is full or fails. The server's log says "
      "more; make room and ask again.";
  EXPECT_EQ(server.ask("freeze", "lobby"), (ControlAnswer{EX_CANTCREAT, not_kept}));
  history.fails = false;
  const std::string reader = server.say("10.0.0.8", 40000, "\n");
  server.heard(reader);
  server.say("10.0.0.7", 40000, "one\n");
  EXPECT_EQ(server.heard(reader), "[10.0.0.7:40000]> one\n");
  server.done("freeze", "lobby");
  history.fails = true;
  EXPECT_EQ(server.ask("thaw", "lobby"), (ControlAnswer{EX_CANTCREAT, not_kept}));
}

TEST(OperatorsDoorOfKeptRooms, AsksForPatienceWhileItIsNotKnownWhoIsWho) {
  PagedHistory history;
  OperatedServer(history).done("freeze", "ops");
  history.holds_slices = true;
  OperatedServer server(history);
  const ControlAnswer later{
      EX_TEMPFAIL, "The server is still reading its list of members; try again in a moment."};
  EXPECT_EQ(server.answer_to({What::kInvite, 1h, "ops", 1}), later);
  EXPECT_EQ(server.ask("thaw", "ops"), later);
  history.holds_slices = false;
  server.house.on_history(server.now);
  EXPECT_EQ(server.answer_to({What::kInvite, 1h, "ops", 1}).exit_code, EX_OK);
}

TEST_F(OperatorsDoorTest, MakesAnInvite) {
  const auto invite = [&](const std::string& room, std::uint32_t uses, const std::string& host,
                          std::chrono::seconds time) {
    return answer_to({What::kInvite, time, room, uses, host});
  };
  const std::string secrets = "#pin=" + std::string(43, 'A') + ",invite=" + std::string(22, 'A');
  const ControlAnswer one = invite("Ops", 1, "", 7 * 24h);
  EXPECT_EQ(one.exit_code, EX_OK) << one.text;
  EXPECT_EQ(one.text, "palabre://192.0.2.1:5000/ops" + secrets +
                          "\nAnyone with this link may enter ops: 1 member, within 7d. "
                          "palabre revoke 94c1c088cc94 takes it back.");
  EXPECT_TRUE(invite("ops", 5, "", 0s).text.find(" ops: 5 members, at any time. palabre") !=
              std::string::npos);
  EXPECT_TRUE(
      invite("ops", 1, "Chat.Example", 1h).text.starts_with("palabre://chat.example:5000/ops#"));
  EXPECT_TRUE(invite("ops", 1, "[2001:db8::1]:6000", 1h)
                  .text.starts_with("palabre://[2001:db8::1]:6000/ops#"));
  EXPECT_TRUE(
      invite("garden", 1, "", 1h)
          .text.find(
              "But garden is open to everybody: invitation-rooms does not name it. palabre") !=
      std::string::npos);
  EXPECT_EQ(invite("two words", 1, "", 1h).exit_code, EX_USAGE);
  EXPECT_EQ(invite("ops", 1, "host/room", 1h).exit_code, EX_USAGE);
}

TEST_F(OperatorsDoorTest, TakesAnInviteBack) {
  answer_to({What::kInvite, 0s, "ops", 1});
  const std::string id = wire::invite_id(wire::hash_of(wire::InviteToken{}));
  EXPECT_EQ(done(What::kRevoke, id), "Invite " + id +
                                         " is taken back: it admits nobody more. Members that "
                                         "it has admitted stay.");
  EXPECT_EQ(fails(What::kRevoke, "000000000000"), EX_NOUSER);
  EXPECT_EQ(fails(What::kRevoke, "ops"), EX_USAGE);
}

/// An operator of a server where the member ana is online.
struct AmongMembers {
  std::optional<ControlAnswer> ask(const ControlRequest& request) {
    answered.reset();
    operators.ask(request, "", world.now, [this](const ControlAnswer& given) { answered = given; });
    house.settle(world.now);
    return answered;
  }

  MemberWorld world;
  MemberLink& ana = world.come(1, "ana");
  std::optional<ControlAnswer> answered;
  OperatorsDoor operators{{2}, world.gate, inviting()};
  // Replaces the house of the world: it has a door for operators too.
  House house{world.hub, world.history, {&world.guests, &world.members, &operators}};
};

TEST(OperatorsDoorOfMembers, TellsOfAnInviteOnceItIsKept) {
  AmongMembers of;
  of.world.history.holds_verdicts = true;
  EXPECT_FALSE(of.ask({What::kInvite, 0s, "ops", 1}));
  of.house.on_history(of.world.now);
  EXPECT_FALSE(of.answered);
  of.world.history.holds_verdicts = false;
  of.house.on_history(of.world.now);
  ASSERT_TRUE(of.answered);
  EXPECT_EQ(of.answered->exit_code, EX_OK);
  EXPECT_TRUE(of.answered->text.starts_with("palabre://"));
}

TEST(OperatorsDoorOfMembers, GivesNoInviteThatIsNotKept) {
  AmongMembers of;
  of.world.history.fails = true;
  const auto answer = of.ask({What::kInvite, 0s, "ops", 1});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit_code, EX_CANTCREAT);
  EXPECT_EQ(answer->text,
            "The invite was not kept: the disk is full or fails. The server's log says more; make "
            "room and ask again.");
  of.world.history.fails = false;
  EXPECT_EQ(of.ask({What::kInvite, 0s, "ops", 1})->exit_code, EX_OK);
}

TEST(OperatorsDoorOfMembers, BansAMemberWhereverItIs) {
  AmongMembers of;
  of.ana.pipe.move(*Address::parse("10.0.0.66", 7000), of.world.now);
  EXPECT_NE(of.ask({What::kWho})->text.find("10.0.0.66"), std::string::npos);
  EXPECT_EQ(of.ask(order("ban", "ana", 60s))->text,
            "ana is banned for 1m.\nana at [10.0.0.66:7000] was kicked.");
  EXPECT_TRUE(of.ana.closed());
}

TEST(OperatorsDoorOfMembers, MutesAMemberWithinOneSettle) {
  AmongMembers of;
  of.world.hear(of.ana, join("lobby"));
  EXPECT_EQ(of.ask(order("mute", "ana", 60s))->text,
            "ana is muted for 1m: it reads, and nobody hears it.");
  of.world.told(of.ana);
  of.world.hear(of.ana, post("lobby", "a", "hello"));
  const auto told = of.world.told(of.ana);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].refused().why(), proto::Refused::MUTED);
}

TEST(OperatorsDoorOfMembers, ListsMembers) {
  AmongMembers of;
  const std::string text = of.ask({What::kMembers})->text;
  EXPECT_NE(text.find(" ago  online"), std::string::npos) << text;
  EXPECT_NE(text.find("online  ana\n1 member"), std::string::npos) << text;
  EXPECT_EQ(of.ask({.what = What::kMembers, .target = "soon"})->exit_code, EX_USAGE);
}

TEST(OperatorsDoorOfMembers, ListsRooms) {
  AmongMembers of;
  EXPECT_EQ(of.ask({What::kRooms})->text, "No room is open, and none has a topic or a rule.");
  of.world.hear(of.ana, join("den"));
  of.ask({.what = What::kOrder, .target = "den", .line = "slow 10"});
  EXPECT_EQ(of.ask({What::kRooms})->text,
            "room  here  founder  about\nden      1  ana      slow, 10 s; ana\n1 room");
  EXPECT_NE(of.ask({.what = What::kRooms, .target = "ana"})->text.find("den"), std::string::npos);
  EXPECT_EQ(of.ask({.what = What::kRooms, .target = "eve"})->exit_code, EX_NOUSER);
}

TEST(OperatorsDoorOfMembers, TakesBackAllThatAMemberHasDone) {
  AmongMembers of;
  of.world.hear(of.ana, join("den"));
  of.ask({.what = What::kOrder, .target = "den", .line = "slow 10"});
  const auto answer = of.ask({.what = What::kOrder, .line = "undo-by ana --since 1h --why flood"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit_code, EX_OK);
  EXPECT_TRUE(answer->text.starts_with("Taken back, of ana: 1 registration.\nana at ["))
      << answer->text;
  EXPECT_TRUE(of.ana.closed());
  const auto again = of.ask({.what = What::kOrder, .line = "forget ana"});
  EXPECT_EQ(again->exit_code, EX_NOUSER);
  const auto narrow = of.ask({.what = What::kOrder, .line = "undo-by 10.0.0.0/25"});
  EXPECT_EQ(narrow->exit_code, EX_USAGE);
}

TEST_F(OperatorsDoorTest, TellsTheFiguresTheRoomsAndWhoIsBanned) {
  say("10.0.0.8", 40000, "/join ops\n");
  say("10.0.0.7", 40000, "\n");
  done("freeze", "ops");
  done("ban", "2001:db8::1", 60s);
  done("ban", "10.0.0.66");
  now += 59s;
  EXPECT_EQ(done(What::kStats),
            "COUNTS\nguests online: 2\nmembers online: 0\nrooms: 2\n             1  lobby\n"
            "             1  ops, for reading only\nbanned:\n         9m 1s  10.0.0.66\n"
            "            1s  2001:db8::/64");
  now += 1s;
  EXPECT_EQ(answer_to({.what = What::kOrder, .line = "ban 10.0.0.66 --for good"}).exit_code, EX_OK);
  EXPECT_TRUE(done(What::kStats).ends_with("\nbanned:\n      for good  10.0.0.66"));
  EXPECT_EQ(done(What::kStats).find("2001:db8::"), std::string::npos);
}

}  // namespace
}  // namespace palabre::server
