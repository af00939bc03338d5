#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

#include "chat/hub.h"
#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

const RoomName kLobbyRoom{"lobby"};

/// Guests 1 and 2 in the lobby, 3 in another room.
class TopicTest : public testing::Test, protected HubTestDriver {
 protected:
  void SetUp() override {
    for (const std::uint64_t guest : {1U, 2U, 3U}) arrive(guest);
    nick(1, "ana");
    join(3, "tea");
  }

  void set(std::uint64_t session, const std::string& text) { ask(session, SetTopic{.text = text}); }
  Topic topic() const { return hub.registry().facts_of(kLobbyRoom).topic; }
};

TEST_F(TopicTest, IsToldToEverybodyInTheRoomOnce) {
  for (const std::uint64_t guest : {1U, 2U, 3U}) events[guest].clear();
  set(1, "deck plans");
  const Topic expected{"deck plans", "ana*"};
  EXPECT_EQ(topic(), expected);
  for (const std::uint64_t guest : {1U, 2U}) {
    ASSERT_EQ(events[guest].size(), 1U) << guest;
    const auto& changed = told<RoomChanged>(guest);
    EXPECT_EQ(changed.name, "lobby");
    EXPECT_EQ(std::get<Topic>(changed.fact), expected);
    EXPECT_EQ(changed.facts.topic, expected);
  }
  EXPECT_TRUE(events[3].empty());
}

TEST_F(TopicTest, IsToldOnceItIsKept) {
  keeps_at_once = false;
  events[1].clear();
  set(1, "deck plans");
  EXPECT_TRUE(events[1].empty());
  EXPECT_TRUE(topic().text.empty());
  keep_no_records();
  EXPECT_TRUE(refused<NotRecorded>(1));
  EXPECT_TRUE(topic().text.empty());
}

TEST_F(TopicTest, IsShownToThoseWhoComeOrAskAndOutlivesThem) {
  set(1, "deck plans");
  arrive(4);
  EXPECT_EQ(told<Welcome>(4).facts.topic.text, "deck plans");
  ask(4, Who{});
  EXPECT_EQ(told<Present>(4).facts.topic.text, "deck plans");
  for (const std::uint64_t guest : {1U, 2U, 4U}) ask(guest, Quit{});
  join(3, "lobby");
  EXPECT_EQ(told<Joined>(3).facts.topic.text, "deck plans");
}

TEST_F(TopicTest, IsTakenAwayByAnEmptyOne) {
  set(1, "deck plans");
  set(2, "");
  EXPECT_EQ(topic(), Topic{});
  EXPECT_EQ(std::get<Topic>(told<RoomChanged>(1).fact).by, address_of(2));
  events[1].clear();
  set(2, "");
  EXPECT_TRUE(events[1].empty()) << "nothing changes";
  EXPECT_TRUE(std::holds_alternative<RoomChanged>(events[2].back())) << "the asker is answered";
}

TEST_F(TopicTest, TheLastOfTwoOnTheirWayHolds) {
  keeps_at_once = false;
  set(1, "one");
  set(2, "two");
  set(1, "one");
  keep_records();
  EXPECT_EQ(topic().text, "one");
}

TEST_F(TopicTest, EachAskerIsAnsweredByTheRecordThatItAskedFor) {
  keeps_at_once = false;
  set(1, "one");
  set(2, "two");
  set(1, "one");
  ASSERT_EQ(records.size(), 3U) << "the third is kept again, behind the second";
  const auto all = std::exchange(records, {});
  for (const std::uint64_t guest : {1U, 2U}) events[guest].clear();
  handle(RecordKept{all[0].record});
  EXPECT_EQ(events[1].size(), 1U);
  handle(RecordNotKept{all[1].record, Trouble::kDiskFull});
  EXPECT_TRUE(refused<NotRecorded>(2));
  EXPECT_EQ(events[1].size(), 1U) << "its second is not kept yet";
  handle(RecordNotKept{all[2].record, Trouble::kDiskFull});
  EXPECT_TRUE(refused<NotRecorded>(1));
  EXPECT_EQ(topic().text, "one");
}

TEST(TopicHub, TellsThoseWhoCameBeforeTheRegistryWasReadOnceItIs) {
  HubTestDriver world{HubTestDriver::Starting{}};
  world.arrive(1);
  world.events[1].clear();
  for (const char* text : {"old", "older", "now"}) {
    world.handle(RecordKept{RoomFact{kLobbyRoom, Topic{text, "ana*"}}});
  }
  EXPECT_TRUE(world.events[1].empty());
  world.handle(RegistryRead{});
  ASSERT_EQ(world.events[1].size(), 1U);
  EXPECT_EQ(world.told<RoomChanged>(1).facts.topic.text, "now");
}

TEST(TopicHub, KeepsNoneInARoomThatKeepsNothing) {
  Keeping keeping;
  keeping.promise.kept = true;
  keeping.memory_rooms = {kLobbyRoom};
  HubTestDriver world{{}, keeping};
  world.arrive(1);
  world.ask(1, SetTopic{.text = "psst"});
  EXPECT_TRUE(world.refused<NothingKept>(1));
}

TEST_F(TopicTest, IsRefusedWhereNobodyMayWriteOrItIsTooLong) {
  set(1, std::string(Topic::kMostBytes + 1, 'x'));
  EXPECT_TRUE(refused<LineTooLong>(1));
  set(1, std::string(Topic::kMostBytes, 'x'));
  EXPECT_EQ(topic().text.size(), Topic::kMostBytes);
  freeze(kLobbyRoom);
  set(1, "more");
  EXPECT_TRUE(refused<RoomFrozen>(1));
  freeze(kLobbyRoom, false);
  log_in(5, 5, "eve");
  enter(5, kLobbyRoom);
  order(Order::Verb::kMute, 5, std::chrono::minutes(1));
  for (const Request& heard : {Request(SetTopic{kLobbyRoom, "more"}), Request(SetAway{"out"}),
                               Request(TakeNick{{"x", "x"}})}) {
    ask(5, heard);
    EXPECT_TRUE(refused<Muted>(5)) << heard.index();
  }
}

TEST_F(TopicTest, HasARateLimit) {
  for (int i = 0; i < 5; ++i) set(1, std::to_string(i));
  set(1, "one too many");
  EXPECT_TRUE(refused<TooFast>(1));
  EXPECT_EQ(topic().text, "4");
  ask(1, Quit{});
  arrive(1);
  set(1, "by coming back");
  EXPECT_TRUE(refused<TooFast>(1));
  pass(std::chrono::seconds(30));
  set(1, "again");
  EXPECT_EQ(topic().text, "again");
}

TEST_F(TopicTest, OfARoomForTwoIsForThem) {
  log_in(5, 5, "eve");
  log_in(6, 6, "bob");
  const RoomRef with_bob = Direct{{"bob", "bob"}};
  enter(5, with_bob);
  enter(6, Direct{{"eve", "eve"}});
  ask(5, SetTopic{with_bob, "psst"});
  EXPECT_EQ(told<RoomChanged>(5).name, "@bob");
  EXPECT_EQ(told<RoomChanged>(6).name, "@eve");
}

}  // namespace
}  // namespace palabre::chat
