#include "chat/hub.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using Lines = std::vector<std::string>;

Lines names_in(const Present& present) {
  Lines names;
  for (const Present::Person& person : present.people) names.push_back(person.name);
  return names;
}

TEST(Hub, PutsAGuestOnlineInTheLobbyAndSaysSo) {
  HubTestDriver world;
  world.arrive(1);
  EXPECT_EQ(world.told<Welcome>(1).room.text, "lobby");
  EXPECT_EQ(world.told<Welcome>(1).others, 0U);
  EXPECT_FALSE(world.told<Welcome>(1).back);
  world.arrive(2);
  EXPECT_EQ(world.told<Welcome>(2).others, 1U);
  EXPECT_EQ(world.events[1].size(), 1U) << "arrivals of others are quiet";
}

TEST(Hub, GivesAuthorNoCopyOfOwnMessage) {
  HubTestDriver world;
  world.arrive(1);
  world.arrive(2);
  world.say(1, "salut !");
  EXPECT_TRUE(world.inbox[1].empty());
  EXPECT_EQ(world.inbox[2], Lines{"[10.0.0.1:4000]> salut !"});
}

TEST(Hub, KeepsRoomsApart) {
  HubTestDriver world;
  for (const std::uint64_t guest : {1, 2, 3}) world.arrive(guest);
  world.join(2, "ops");
  world.join(3, "ops");
  world.say(1, "to nobody");
  world.say(2, "to three");
  EXPECT_TRUE(world.inbox[1].empty());
  EXPECT_TRUE(world.inbox[2].empty());
  EXPECT_EQ(world.inbox[3], Lines{"[10.0.0.2:4000]> to three"});
  EXPECT_EQ(world.told<Joined>(3).others, 1U);
}

TEST(Hub, AnswersAJoinOfTheRoomOneIsInWithoutLeavingIt) {
  HubTestDriver world;
  world.arrive(1);
  world.join(1, "lobby");
  EXPECT_EQ(world.told<Joined>(1).name, "lobby");
  EXPECT_EQ(world.hub.rooms(), 1U);
}

TEST(Hub, ShowsAGuestByItsNickWithAStar) {
  HubTestDriver world;
  world.arrive(1);
  world.arrive(2);
  world.nick(1, "ana");
  EXPECT_EQ(world.told<NickTaken>(1).shown, "ana*");
  world.say(1, "hello");
  EXPECT_EQ(world.inbox[2], Lines{"ana*> hello"});
}

TEST(Hub, RefusesANickThatSomebodyHasUntilItIsFree) {
  HubTestDriver world;
  world.arrive(1);
  world.arrive(2);
  world.nick(1, "ana");
  world.nick(2, "ana");
  EXPECT_TRUE(world.refused<NickInUse>(2));
  world.nick(1, "ana");
  EXPECT_EQ(world.told<NickTaken>(1).shown, "ana*") << "the guest's own nickname is free to it";
  world.nick(1, "eve");
  world.nick(2, "ana");
  EXPECT_EQ(world.told<NickTaken>(2).shown, "ana*");
  world.ask(2, Quit{});
  world.nick(1, "ana");
  EXPECT_EQ(world.told<NickTaken>(1).shown, "ana*");
}

TEST(Hub, ListsWhoIsHereInOrderOfArrival) {
  HubTestDriver world;
  for (const std::uint64_t guest : {1, 2, 3}) world.arrive(guest);
  world.nick(3, "eve");
  world.join(2, "ops");
  world.ask(3, Who{});
  EXPECT_EQ(names_in(world.told<Present>(3)), (Lines{"[10.0.0.1:4000]", "eve*"}));
  EXPECT_EQ(world.told<Present>(3).you, "eve*");
  EXPECT_EQ(world.told<Present>(3).here, 2U);
}

TEST(Hub, TakesALineOfExactlyTheLimitAndRefusesOneByteMore) {
  HubTestDriver world;
  world.arrive(1);
  world.arrive(2);
  const std::size_t around = world.address_of(1).size() + std::string("> \n").size();
  world.say(1, std::string(1200 - around, 'x'));
  EXPECT_EQ(world.inbox[2].size(), 1U);
  world.say(1, std::string(1200 - around + 1, 'x'));
  EXPECT_EQ(world.inbox[2].size(), 1U);
  ASSERT_TRUE(world.refused<LineTooLong>(1));
  EXPECT_EQ(std::get<LineTooLong>(world.told<Refused>(1).refusal).bytes, 1201U);
}

TEST(Hub, RefusesOneGuestMoreThanItsLimitAndKeepsThoseItHas) {
  HubTestDriver world({.guests = 2});
  for (const std::uint64_t guest : {1, 2, 3}) world.arrive(guest);
  EXPECT_TRUE(world.refused<ServerFull>(3));
  EXPECT_EQ(world.gone, std::vector<std::uint64_t>{3});
  world.say(3, "nobody hears this");
  world.say(1, "still here");
  EXPECT_EQ(world.inbox[2], Lines{"[10.0.0.1:4000]> still here"});
  world.ask(1, Quit{});
  world.arrive(4);
  EXPECT_EQ(world.told<Welcome>(4).others, 1U) << "a freed place is given again";
}

TEST(Hub, RefusesOneRoomMoreThanItsLimit) {
  HubTestDriver world({.rooms = 1});
  world.arrive(1);
  world.arrive(2);
  world.join(1, "ops");
  EXPECT_TRUE(world.refused<TooManyRooms>(1));
  world.say(1, "still in the lobby");
  EXPECT_EQ(world.inbox[2].size(), 1U);
}

TEST(Hub, WarnsASilentGuestOnceThenLetsItGo) {
  HubTestDriver world;
  world.arrive(1);
  world.pass(9min - 1s);
  EXPECT_EQ(world.events[1].size(), 1U);
  world.pass(1s);
  EXPECT_EQ(world.told<IdleWarning>(1).left, Duration(1min));
  world.pass(1min - 1s);
  EXPECT_EQ(world.hub.online(), 1U);
  world.pass(1s);
  EXPECT_EQ(world.told<Farewell>(1).why, Farewell::Why::kIdle);
  EXPECT_EQ(world.events[1].size(), 3U);
  EXPECT_EQ(world.hub.online(), 0U);
  EXPECT_EQ(world.hub.rooms(), 0U);
  EXPECT_FALSE(world.hub.next_deadline());
}

TEST(Hub, TakesAnySignOfLifeAsOne) {
  HubTestDriver world;
  for (const std::uint64_t guest : {1, 2, 3}) world.arrive(guest);
  for (int i = 0; i < 5; ++i) {
    world.pass(8min);
    world.handle(Ask{SessionId{1}, {}});
    world.ask(2, NotUnderstood{UnknownCommand{"/foo"}});
  }
  EXPECT_EQ(world.hub.online(), 2U);
  EXPECT_EQ(world.gone, std::vector<std::uint64_t>{3});
}

TEST(Hub, BringsAGuestBackToItsRoomWithItsNick) {
  HubTestDriver world;
  world.arrive_from(1, "[10.0.0.1:4000]");
  world.nick(1, "ana");
  world.join(1, "ops");
  world.pass(11min);
  world.arrive(2);
  world.pass(24h - 2min);
  world.arrive_from(3, "[10.0.0.1:4000]");
  EXPECT_TRUE(world.told<Welcome>(3).back);
  EXPECT_EQ(world.told<Welcome>(3).room.text, "ops");
  EXPECT_EQ(world.told<Welcome>(3).nick, "ana*");
  world.say(3, "a private word");
  EXPECT_TRUE(world.inbox[2].empty());
}

TEST(Hub, ForgetsAnAbsentGuestAfterADay) {
  HubTestDriver world;
  world.arrive_from(1, "[10.0.0.1:4000]");
  world.join(1, "ops");
  world.pass(10min + 24h);
  world.arrive_from(2, "[10.0.0.1:4000]");
  EXPECT_FALSE(world.told<Welcome>(2).back);
  EXPECT_EQ(world.told<Welcome>(2).room.text, "lobby");
}

TEST(Hub, TellsAGuestWhoComesBackThatItsNickIsSomebodyElsesNow) {
  HubTestDriver world;
  world.arrive_from(1, "[10.0.0.1:4000]");
  world.nick(1, "ana");
  world.ask(1, Quit{});
  world.arrive(2);
  world.nick(2, "ana");
  world.arrive_from(3, "[10.0.0.1:4000]");
  EXPECT_EQ(world.told<Welcome>(3).lost_nick, "ana");
  world.say(3, "hello");
  EXPECT_EQ(world.inbox[2], Lines{"[10.0.0.1:4000]> hello"});
}

TEST(Hub, GivesWhoComesBackItsRoomBeyondTheLimitSoThatNothingLandsInTheLobby) {
  HubTestDriver world({.rooms = 2});
  world.arrive_from(1, "[10.0.0.1:4000]");
  world.arrive(2);
  world.join(1, "ops");
  world.ask(1, Quit{});
  world.arrive(3);
  world.join(3, "other");
  world.arrive_from(4, "[10.0.0.1:4000]");
  EXPECT_EQ(world.told<Welcome>(4).room.text, "ops");
  world.say(4, "a private word");
  EXPECT_TRUE(world.inbox[2].empty());
}

TEST(Hub, LetsWhoIsAloneInARoomMoveToANewOneAtTheLimit) {
  HubTestDriver world({.rooms = 2});
  world.arrive(1);
  world.arrive(2);
  world.join(1, "ops");
  world.join(1, "other");
  EXPECT_EQ(world.told<Joined>(1).name, "other");
  world.join(2, "third");
  EXPECT_EQ(world.told<Joined>(2).name, "third");
}

TEST(Hub, SaysGoodbyeToEverybodyWhenItCloses) {
  HubTestDriver world;
  for (const std::uint64_t guest : {1, 2, 3}) world.arrive(guest);
  world.join(2, "ops");
  world.handle(Close{});
  for (const std::uint64_t guest : {1, 2, 3}) {
    EXPECT_EQ(world.told<Farewell>(guest).why, Farewell::Why::kClosing);
  }
  EXPECT_EQ(world.hub.online(), 0U);
  EXPECT_EQ(world.hub.rooms(), 0U);
}

TEST(Hub, TellsAnOperatorWhoIsOnlineAndWhere) {
  HubTestDriver world;
  world.arrive(1);
  world.arrive(2);
  world.nick(2, "awa");
  world.join(2, "ops");
  world.freeze({"ops"});
  world.pass(5s);
  const auto guests = world.hub.list(world.now);
  ASSERT_EQ(guests.size(), 2U);
  EXPECT_EQ(guests[1].session, SessionId{2});
  EXPECT_EQ(guests[1].address, HubTestDriver::address_of(2));
  EXPECT_EQ(guests[1].shown, "awa*");
  EXPECT_EQ(guests[1].rooms.at(0).text, "ops");
  EXPECT_EQ(guests[1].silent, 5s);
  const auto rooms = world.hub.list_rooms();
  ASSERT_EQ(rooms.size(), 2U);
  EXPECT_EQ(rooms[0].name.text, "lobby");
  EXPECT_EQ(rooms[1].present, 1U);
  EXPECT_TRUE(rooms[1].frozen);
  EXPECT_FALSE(rooms[0].frozen);
}

TEST(Hub, IgnoresSessionsThatItDoesNotKnow) {
  HubTestDriver world;
  world.arrive(1);
  world.say(7, "a ghost");
  world.handle(Ask{SessionId{7}, {}});
  EXPECT_TRUE(world.inbox[1].empty());
  EXPECT_EQ(world.hub.online(), 1U);
}

// Any sequence of arrivals, moves, messages and departures, against a model: a map from guest to
// room.
RC_GTEST_PROP(HubProperty, GivesEveryMessageOnceInOrderToEverybodyElseInTheRoom, ()) {
  HubTestDriver world;
  std::map<std::uint64_t, std::string> room_of;
  std::map<std::uint64_t, Lines> expected;
  std::uint64_t next_session = 0;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange(0, 6)));
  int said = 0;
  for (const auto& [action, pick] : steps) {
    if (action == 0 || room_of.empty()) {
      room_of[++next_session] = "lobby";
      world.arrive(next_session);
      continue;
    }
    const auto guest = std::next(room_of.begin(), pick % static_cast<int>(room_of.size()))->first;
    if (action == 1) {
      room_of.erase(guest);
      world.ask(guest, Quit{});
    } else if (action <= 4) {
      room_of[guest] = "room" + std::to_string(action);
      world.join(guest, room_of[guest]);
    } else {
      const std::string text = "word " + std::to_string(++said);
      for (const auto& [other, room] : room_of) {
        if (other == guest || room != room_of[guest]) continue;
        expected[other].push_back(HubTestDriver::address_of(guest) + "> " + text);
      }
      world.say(guest, text);
    }
  }
  std::erase_if(world.inbox, [](const auto& entry) { return entry.second.empty(); });
  RC_ASSERT(world.inbox == expected);
  RC_ASSERT(world.hub.online() == room_of.size());
  for (const auto& [room, numbers] : world.numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) RC_ASSERT(numbers[i] == i + 1);
  }
}

RC_GTEST_PROP(HubProperty, NeverGivesOneNickToTwo, ()) {
  HubTestDriver world;
  std::map<std::string, std::uint64_t> holder;
  for (std::uint64_t guest = 1; guest <= 4; ++guest) world.arrive(guest);
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(1, 5), rc::gen::inRange(0, 3)));
  for (const auto& [who, which] : steps) {
    const auto guest = static_cast<std::uint64_t>(who);
    const std::string nick = "nick" + std::to_string(which);
    const bool free = !holder.contains(nick) || holder[nick] == guest;
    world.nick(guest, nick);
    RC_ASSERT(world.refused<NickInUse>(guest) == !free);
    if (!free) continue;
    std::erase_if(holder, [&](const auto& held) { return held.second == guest; });
    holder[nick] = guest;
  }
  world.ask(1, Who{});
  const Lines names = names_in(world.told<Present>(1));
  RC_ASSERT(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

// Rooms that keep messages.

class KeepingHubTest : public HubTestDriver, public testing::Test {
 protected:
  KeepingHubTest() : HubTestDriver({}, keeping()) {}
  static Keeping keeping() {
    Keeping keeping;
    keeping.promise.kept = true;
    keeping.memory_rooms = {RoomName{"scratch"}};
    return keeping;
  }
};

TEST_F(KeepingHubTest, SaysWhatTheRoomKeeps) {
  arrive(1);
  EXPECT_TRUE(told<Welcome>(1).promise.kept);
  join(1, "scratch");
  EXPECT_FALSE(told<Joined>(1).promise.kept);
}

TEST_F(KeepingHubTest, AcknowledgesTheMessagesOfWhoWantsThat) {
  arrive(1);
  say(1, "one");
  EXPECT_TRUE(std::holds_alternative<Welcome>(events[1].back()));
  ask(1, SetAcks{true});
  EXPECT_TRUE(numbered[1]);
  say(1, "two");
  EXPECT_EQ(told<Acknowledged>(1).number, Number{2});
  ask(1, SetAcks{false});
  EXPECT_FALSE(numbered[1]);
  say(1, "three");
  EXPECT_TRUE(std::holds_alternative<AcksSet>(events[1].back()));
}

TEST_F(KeepingHubTest, AcknowledgesAMessageWithAnIdInAnyCase) {
  arrive(1);
  ask(1, Post{.text = "one", .id = MessageId{"a"}});
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"a"});
  EXPECT_EQ(drafts.back().author, address_of(1));
}

TEST_F(KeepingHubTest, SendsNobodyWhatIsInTheLogAlready) {
  arrive(1);
  arrive(2);
  say(1, "one");
  handle(Repeated{drafts.back().room, {1}, {}, true, {SessionId{1}, MessageId{"a"}}});
  EXPECT_EQ(inbox[2].size(), 1U);
  EXPECT_EQ(told<Acknowledged>(1).number, Number{1});
}

TEST_F(KeepingHubTest, TellsTheAuthorAndNobodyElseThatAMessageIsNotKept) {
  arrive(1);
  arrive(2);
  say(1, "one");
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  EXPECT_TRUE(refused<CannotKeep>(1));
  EXPECT_TRUE(std::holds_alternative<Welcome>(events[2].back()));
}

TEST_F(KeepingHubTest, ReadsAgainWhereSomethingIsKept) {
  arrive(1);
  ask(1, ReadPast{.what = ReadPast::Last{20}});
  ASSERT_EQ(pages.size(), 1U);
  join(1, "scratch");
  ask(1, ReadPast{.what = ReadPast::Last{20}});
  EXPECT_TRUE(refused<NothingKept>(1));
  EXPECT_EQ(pages.size(), 1U);
}

TEST_F(KeepingHubTest, SaysWhenAMessageWasKept) {
  arrive(1);
  say(1, "one");
  const Effects effects =
      hub.handle(to_command(to_event(Kept{drafts.back(), {2}, false, {77}})), now);
  ASSERT_FALSE(effects.empty());
  EXPECT_EQ(std::get<RoomAdvanced>(effects.front()).kept_at, WallTime{77});
}

TEST_F(KeepingHubTest, TellsNothingToAnAuthorWhoIsGone) {
  arrive(1);
  say(1, "one");
  ask(1, Quit{});
  const std::size_t before = events[1].size();
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  handle(Repeated{drafts.back().room, {2}, {}, true, {SessionId{1}, {}}});
  EXPECT_EQ(events[1].size(), before);
}

}  // namespace
}  // namespace palabre::chat
