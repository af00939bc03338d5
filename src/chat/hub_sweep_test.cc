#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;
using Verb = Order::Verb;

constexpr std::uint64_t kGuest = 1;
constexpr std::uint8_t kEve = 2;
constexpr std::uint8_t kAda = 3;

const RoomName kDen{"den"};

/// Eve has made the room `den` and decided in it; ada and a guest are there too.
class SweepTest : public HubTestDriver, public testing::Test {
 protected:
  SweepTest() : HubTestDriver({}, {.promise = {.kept = true}}) {
    history_is_on_disk = true;
    wall = {1'000'000'000'000};
    handle(WallClock{wall});
    arrive(kGuest);
    for (const std::uint8_t member : {kEve, kAda}) {
      log_in(member, member, "m" + std::to_string(member));
      enter(member, kDen);
    }
    join(kGuest, "den");
    say_in(kEve, kDen, "mine", "first");
    ask(kEve, SetTopic{kDen, "of eve"});
    ask(kEve, Order{.verb = Verb::kMute, .whom = target_of(kAda), .room = kDen});
  }
  void undo(const Target& whom, std::optional<std::chrono::seconds> since = {}) {
    operate(Order{.verb = Verb::kUndoBy, .whom = whom, .since = since, .why = "flood"});
  }
  const Ruled& ruled() const { return std::get<Ruled>(answers.back()); }
  std::string nick_of(std::uint8_t member) const {
    const auto nick = hub.registry().nick_of(key_of(member));
    return nick ? nick->shown : "";
  }
};

TEST_F(SweepTest, AnUndoEndsTheSessionsAndFreesTheNicknameOfAMemberThatCameSince) {
  const Target eve = target_of(kEve);
  undo(eve);
  EXPECT_EQ(told<Farewell>(kEve).why, Farewell::Why::kForgotten);
  EXPECT_EQ(told<Farewell>(kEve).reason, "flood");
  EXPECT_EQ(gone.back(), kEve);
  EXPECT_EQ(ruled().all.members, 1U);
  EXPECT_EQ(ruled().all.decisions, 1U);
  EXPECT_EQ(ruled().all.topics, 1U);
  EXPECT_EQ(ruled().all.founded, 1U);
  EXPECT_EQ(ruled().whom, "m2");
  EXPECT_EQ(hub.registry().facts_of(kDen).topic.text, "");
  EXPECT_EQ(told<RoomChanged>(kAda).facts.topic.text, "") << "she sees it in her room";
  EXPECT_FALSE(hub.registry().founder_of(kDen));
  say_in(kAda, kDen, "hello", "2");
  EXPECT_GT(told<Acknowledged>(kAda).number.value, 0U) << "she is not muted any more";
  log_in(10, 9, "m2");
  EXPECT_EQ(nick_of(9), "m2") << "a newcomer has the nickname";
  EXPECT_EQ(nick_of(kAda), "m3");
}

TEST_F(SweepTest, AnUndoSinceAMomentLeavesWhatWasBefore) {
  wall.microseconds += 3'600'000'000;
  handle(WallClock{wall});
  ask(kEve, Order{.verb = Verb::kSlow, .room = kDen, .number = 10});
  undo(target_of(kEve), 60s);
  EXPECT_EQ(ruled().all.decisions, 1U);
  EXPECT_EQ(ruled().all.topics + ruled().all.members + ruled().all.founded, 0U);
  EXPECT_EQ(hub.registry().facts_of(kDen).slow.seconds, 0U);
  EXPECT_EQ(hub.registry().facts_of(kDen).topic.text, "of eve");
  EXPECT_EQ(nick_of(kEve), "m2");
  say_in(kEve, kDen, "still here", "2");
  EXPECT_GT(told<Acknowledged>(kEve).number.value, 0U);
}

TEST_F(SweepTest, TheMessagesThatWereRemovedAreCounted) {
  keeps_at_once = false;
  undo(target_of(kEve));
  handle(Removed{kDen, {{1}, {2}}});
  handle(Removed{kDen, {{5}}});
  handle(Removed{{"tea"}, {{1}}});
  const Record record = records.front().record;
  handle(RecordKept{record, {++kept}, wall, {}, true});
  EXPECT_EQ(ruled().all.messages, 4U);
  EXPECT_EQ(ruled().all.rooms, 2U);
  EXPECT_TRUE(ruled().all.goes_on);
}

TEST_F(SweepTest, OfAGuestItsAddressIsMeant) {
  ask(kGuest, SetTopic{{}, "of a guest"});
  undo(target_of(kGuest));
  const auto& undone = std::get<UndoBy>(ruled().decision.act);
  ASSERT_TRUE(std::holds_alternative<Network>(undone.by));
  EXPECT_EQ(std::get<Network>(undone.by).bits, 128);
  EXPECT_EQ(hub.registry().facts_of(kDen).topic.text, "");
  EXPECT_EQ(nick_of(kEve), "m2");
}

TEST_F(SweepTest, APartOfANetworkIsRefused) {
  for (const char* text : {"203.0.113.0/25", "2001:db8::/65"}) {
    undo(Target{*Network::parse(text), {}, text});
    const auto& refused = std::get<Refused>(answers.back());
    EXPECT_TRUE(std::holds_alternative<NetworkTooNarrow>(refused.refusal)) << text;
  }
  for (const char* text : {"203.0.113.0/24", "203.0.113.7", "2001:db8::/64", "2001::/16"}) {
    undo(Target{*Network::parse(text), {}, text});
    EXPECT_EQ(ruled().whom, text);
  }
}

TEST_F(SweepTest, NobodyInAChatForgetsOrUndoesAll) {
  order(Verb::kAppoint, kAda);
  for (const Verb verb : {Verb::kUndoBy, Verb::kForget, Verb::kForgetRoom}) {
    ask(kAda, Order{.verb = verb, .whom = target_of(kEve), .room = kDen});
    EXPECT_TRUE(refused<NotOperator>(kAda));
  }
}

TEST_F(SweepTest, AForgottenMemberIsPutOutAndItsWordsStay) {
  order(Verb::kForget, kEve);
  EXPECT_EQ(told<Farewell>(kEve).why, Farewell::Why::kForgotten);
  EXPECT_EQ(ruled().all.members, 1U);
  EXPECT_EQ(hub.registry().facts_of(kDen).topic.text, "of eve");
  say_in(kAda, kDen, "x", "2");
  EXPECT_TRUE(refused<Muted>(kAda)) << "what it decided stays";
  log_in(10, kEve, "m2");
  enter(10, kDen);
  ask(10, Order{.verb = Verb::kSlow, .room = kDen, .number = 10});
  EXPECT_TRUE(refused<NotOperator>(10)) << "it comes back without its room";
}

TEST_F(SweepTest, TheOtherOfARoomForTwoIsPutOut) {
  ask(kEve, Join{Direct{{"m3", "m3"}}});
  ask(kAda, Join{Direct{{"m2", "m2"}}});
  ASSERT_EQ(told<Joined>(kAda).name, "@m2");
  order(Verb::kForget, kEve);
  const auto& left = told<HasLeft>(kAda);
  ASSERT_TRUE(left.why);
  EXPECT_EQ(left.why->room, "@m2");
}

TEST_F(SweepTest, AFounderOfARoomWithoutAMessageIsNoneAfterwards) {
  const RoomName empty{"empty"};
  enter(kEve, empty);
  enter(kAda, empty);
  order(Verb::kForget, kEve);
  say_in(kAda, empty, "first", "2");
  EXPECT_FALSE(hub.registry().founder_of(empty));
}

TEST_F(SweepTest, AForgottenRoomIsAsNewAndThoseInItStay) {
  operate(Order{.verb = Verb::kForgetRoom, .room = kDen, .is_here = true});
  EXPECT_EQ(hub.registry().facts_of(kDen).topic.text, "");
  EXPECT_FALSE(hub.registry().founder_of(kDen));
  ask(kEve, Order{.verb = Verb::kSlow, .room = kDen, .number = 10});
  EXPECT_TRUE(refused<NotOperator>(kEve));
  say_in(kEve, kDen, "still here", "2");
  EXPECT_GT(told<Acknowledged>(kEve).number.value, 0U);
}

TEST_F(SweepTest, ItHoldsAfterARestart) {
  undo(target_of(kEve));
  log_in(10, 9, "m2");
  HubTestDriver again(Starting{}, {}, {.promise = {.kept = true}});
  again.read_registry_of(*this);
  EXPECT_EQ(again.hub.registry().owner_of("m2"), key_of(9));
  EXPECT_FALSE(again.hub.registry().nick_of(key_of(kEve)));
  EXPECT_EQ(again.hub.registry().facts_of(kDen).topic.text, "");
  EXPECT_FALSE(again.hub.registry().founder_of(kDen));
  EXPECT_TRUE(again.gone.empty());
}

TEST_F(SweepTest, ListsMembersAndRooms) {
  order(Verb::kAppoint, kAda);
  operate(ListMembers{});
  const auto& members = std::get<Members>(answers.back());
  ASSERT_EQ(members.members.size(), 2U);
  EXPECT_EQ(members.all, 2U);
  const auto& ada = members.members[members.members[0].nick == "m3" ? 0 : 1];
  EXPECT_EQ(ada.sessions, 1U);
  EXPECT_TRUE(ada.is_operator);
  EXPECT_FALSE(ada.is_muted) << "only in a room";
  operate(ListMembers{1s});
  EXPECT_EQ(std::get<Members>(answers.back()).members.size(), 2U);
  wall.microseconds += 3'600'000'000;
  handle(WallClock{wall});
  operate(ListMembers{1s});
  EXPECT_EQ(std::get<Members>(answers.back()).members.size(), 0U);
  operate(DescribeRooms{});
  const auto& rooms = std::get<RoomsDescribed>(answers.back());
  ASSERT_EQ(rooms.rooms.size(), 1U);
  EXPECT_EQ(rooms.rooms[0].name, kDen);
  EXPECT_EQ(rooms.rooms[0].founder, "m2");
  EXPECT_EQ(rooms.rooms[0].present, 3U);
  EXPECT_EQ(rooms.rooms[0].facts.topic.text, "of eve");
  operate(DescribeRooms{target_of(kEve)});
  EXPECT_EQ(std::get<RoomsDescribed>(answers.back()).rooms.size(), 1U);
  operate(DescribeRooms{target_of(kAda)});
  EXPECT_EQ(std::get<RoomsDescribed>(answers.back()).rooms.size(), 0U);
  operate(DescribeRooms{Target{Nick{"nobody", "nobody"}, {}, "nobody"}});
  EXPECT_TRUE(std::holds_alternative<Refused>(answers.back()));
}

}  // namespace
}  // namespace palabre::chat
