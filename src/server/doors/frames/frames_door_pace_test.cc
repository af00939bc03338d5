#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "drivers/members_driver.h"

// The pace of posts: members are slowed down, told so, and refused nothing.

namespace palabre::server {
namespace {

using proto::Event;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class MembersPaceTest : public testing::Test {
 protected:
  MembersPaceTest() { world.reach = Reach::kPublic; }

  MemberLink& come(std::uint8_t member, const std::string& nick) {
    MemberLink& link = world.come(member, nick);
    world.hear(link, join("lobby"));
    world.told(link);
    return link;
  }
  /// `count` posts at once, with the ids `prefix-0`, `prefix-1`, ...
  void say(MemberLink& link, const std::string& prefix, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) {
      bytes += wire::encode_frame(post("lobby", fmt::format("{}-{}", prefix, i), "text"));
    }
    world.hear(link, bytes);
  }
  /// Lets time pass from deadline to deadline.
  void pass(Duration time) {
    const Instant end = world.now + time;
    for (auto due = world.house.next_deadline(); due && *due <= end;
         due = world.house.next_deadline()) {
      ASSERT_GE(*due, world.now);
      world.now = *due;
      world.carry_all();
    }
    world.now = end;
    world.carry_all();
  }
  std::vector<std::string> acknowledged(const std::vector<Event>& events) {
    std::vector<std::string> ids;
    for (const Event& event : events) {
      EXPECT_FALSE(event.has_refused()) << event.refused().words();
      if (event.has_acknowledged()) ids.push_back(event.acknowledged().id());
    }
    return ids;
  }
  /// How many of `count` posts at once are answered before time passes.
  std::size_t answered_at_once(MemberLink& link, const std::string& prefix, int count) {
    say(link, prefix, count);
    return acknowledged(world.told(link)).size();
  }
  static std::vector<proto::Slowed> slowed(const std::vector<Event>& events) {
    std::vector<proto::Slowed> all;
    for (const Event& event : events) {
      if (event.has_slowed()) all.push_back(event.slowed());
    }
    return all;
  }

  MemberWorld world;
};

TEST_F(MembersPaceTest, PostTwentyLinesAtOnceAndThenTwoASecondInTheirOrder) {
  MemberLink& ana = come(1, "ana");
  EXPECT_EQ(answered_at_once(ana, "a", 50), 20U);
  std::vector<std::string> rest;
  for (int second = 1; second <= 15; ++second) {
    pass(1s);
    const auto more = acknowledged(world.told(ana));
    EXPECT_EQ(more.size(), 2U);
    rest.insert(rest.end(), more.begin(), more.end());
  }
  ASSERT_EQ(rest.size(), 30U) << "nothing is lost";
  for (std::size_t i = 0; i < rest.size(); ++i) EXPECT_EQ(rest[i], fmt::format("a-{}", i + 20));
}

TEST_F(MembersPaceTest, ShareOnePaceOnSixteenSessions) {
  std::vector<MemberLink*> links;
  for (int i = 0; i < 16; ++i) links.push_back(&come(1, "ana"));
  for (std::size_t i = 0; i < links.size(); ++i) say(*links[i], fmt::format("{}", i), 20);
  pass(30s);
  std::size_t kept = 0;
  for (MemberLink* const link : links) {
    const std::size_t own = acknowledged(world.told(*link)).size();
    EXPECT_GE(own, 3U) << "each has its turns";
    kept += own;
  }
  EXPECT_EQ(kept, 20U + 60U);
  pass(130s);
  for (MemberLink* const link : links) kept += acknowledged(world.told(*link)).size();
  EXPECT_EQ(kept, 320U) << "in the end every post is answered";
}

TEST_F(MembersPaceTest, AreToldWhileTheyAreSlowedAndNoLonger) {
  MemberLink& ana = come(1, "ana");
  say(ana, "a", 21);
  pass(900ms);
  EXPECT_TRUE(slowed(world.told(ana)).empty()) << "half a second is no matter";
  say(ana, "b", 10);
  std::size_t told = 0;
  for (int tenth = 0; tenth < 50; ++tenth) {
    pass(100ms);
    for (const auto& one : slowed(world.told(ana))) {
      ++told;
      EXPECT_LE(one.next_ms(), 500U);
      EXPECT_EQ(one.every_ms(), 500U);
    }
  }
  EXPECT_GE(told, 3U);
  EXPECT_LE(told, 5U) << "once a second";
  pass(1s);
  world.told(ana);
  pass(60s);
  EXPECT_TRUE(slowed(world.told(ana)).empty());
}

TEST_F(MembersPaceTest, HearFromTheServerEachSecondHoweverLongTheyWait) {
  std::vector<MemberLink*> links;
  for (int i = 0; i < 16; ++i) {
    links.push_back(&world.come(1, "ana"));
    const std::string room = fmt::format("room-{}", i);  // where none of the others is heard
    world.hear(*links.back(), join(room));
    for (int k = 0; k < 30; ++k) {
      world.hear(*links.back(), post(room, fmt::format("{}-{}", i, k), "text"));
    }
  }
  world.hear(*links[3], ping());
  pass(1s);
  world.told(*links[3]);
  for (int second = 0; second < 60; ++second) {
    pass(1100ms);
    EXPECT_FALSE(world.told(*links[3]).empty())
        << "a client takes a silence of 1.5 s for a dead link";
  }
}

TEST_F(MembersPaceTest, AreAnsweredInOrderBehindAPostThatWaits) {
  MemberLink& ana = come(1, "ana");
  say(ana, "a", 21);
  world.hear(ana, ping());
  auto events = world.told(ana);
  EXPECT_EQ(acknowledged(events).size(), 20U);
  pass(499ms);
  EXPECT_TRUE(world.told(ana).empty());
  pass(1ms);
  events = world.told(ana);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(
      std::any_of(events.begin(), events.end(), [](const Event& e) { return e.has_pong(); }));
}

TEST_F(MembersPaceTest, WhoWaitAreNotLookedAtBeforeTheirTurn) {
  MemberLink& ana = come(1, "ana");
  say(ana, "a", 30);
  const auto due = world.house.next_deadline();
  ASSERT_TRUE(due);
  EXPECT_EQ(*due, world.now + 500ms) << "no polling";
}

TEST_F(MembersPaceTest, GainNothingByAnotherConnection) {
  std::size_t kept = 0;
  for (int round = 0; round < 10; ++round) {
    MemberLink& ana = come(1, "ana");
    kept += answered_at_once(ana, fmt::format("{}", round), 30);
    world.hang_up(ana);
  }
  EXPECT_EQ(kept, 20U);
}

TEST_F(MembersPaceTest, PayOnceForAPostThatTheySendAgain) {
  MemberLink& ana = come(1, "ana");
  say(ana, "a", 10);
  for (int again = 0; again < 5; ++again) say(ana, "a", 10);
  EXPECT_EQ(acknowledged(world.told(ana)).size(), 60U);
  EXPECT_EQ(answered_at_once(ana, "b", 20), 10U);
}

TEST_F(MembersPaceTest, PayNothingForWhatIsRefused) {
  MemberLink& ana = come(1, "ana");
  for (int i = 0; i < 100; ++i) world.hear(ana, post("elsewhere", fmt::format("x{}", i), "text"));
  world.hear(ana, post("lobby", "", "no id"));
  EXPECT_EQ(world.told(ana).size(), 101U);
  EXPECT_EQ(answered_at_once(ana, "a", 30), 20U) << "and gain nothing";
}

TEST_F(MembersPaceTest, PayForAPostWhoseRoomTheyLeaveBeforeItIsKept) {
  MemberLink& ana = come(1, "ana");
  world.hear(come(2, "bob"), join("r"));  // it stays open
  std::size_t kept = 0;
  for (int i = 0; i < 60; ++i) {
    world.history.holds_verdicts = true;
    world.hear(ana, join("r"));
    world.hear(ana, post("r", fmt::format("a-{}", i), "text"));
    world.hear(ana, leave("r"));
    world.history.holds_verdicts = false;
    world.carry_all();
    kept += acknowledged(world.told(ana)).size();
  }
  EXPECT_EQ(kept, 20U);
}

TEST_F(MembersPaceTest, WhoAreBotsHaveAPaceOfTheirOwn) {
  MemberLink& ana = come(1, "ana");
  world.members.carry_out(chat::SetPace{{1, world.members.index()}, true});
  EXPECT_EQ(answered_at_once(ana, "a", 240), 200U);
  pass(1s);
  EXPECT_EQ(acknowledged(world.told(ana)).size(), 40U);
}

TEST_F(MembersPaceTest, OfTheLanPasteTwoHundredLines) {
  world.reach = Reach::kLan;
  MemberLink& ana = come(1, "ana");
  EXPECT_EQ(answered_at_once(ana, "a", 200), 200U);
}

TEST_F(MembersPaceTest, OnThisMachineAreHeldToNothing) {
  world.reach = Reach::kLoopback;
  MemberLink& ana = come(1, "ana");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(answered_at_once(ana, fmt::format("{}", i), 240), 240U);
  }
}

TEST_F(MembersPaceTest, WhoMoveToThisMachineOrAwayAreHeldToThePaceThere) {
  world.reach = Reach::kLoopback;
  MemberLink& ana = come(1, "ana");
  EXPECT_EQ(answered_at_once(ana, "a", 100), 100U);
  world.reach = Reach::kPublic;
  ana.pipe.move(ana.end().peer(), world.now);
  EXPECT_EQ(answered_at_once(ana, "b", 100), 20U);
}

}  // namespace
}  // namespace palabre::server
