#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "drivers/members_driver.h"

// Links that are turned away, and rate limits.

namespace palabre::server {
namespace {

TEST(MembersLimits, TurnAwayWhoIsBannedBeforeItLogsIn) {
  MemberWorld world;
  MemberLink& link = world.connect();
  const auto login = login_by(KeyPair(1), world.login_to(link), "ana");
  world.entry = FramesDoor::Entry::kBanned;
  world.hear(link, login);
  ASSERT_TRUE(link.closed());
  EXPECT_EQ(link.closed()->why, "banned");
  EXPECT_EQ(world.hub.online(), 0U);
}

TEST(MembersLimits, TurnAwayWhoMovesToABannedAddress) {
  MemberWorld world;
  MemberLink& ana = world.come(1, "ana");
  ana.pipe.move(ana.end().peer(), world.now);
  EXPECT_FALSE(ana.closed());
  world.entry = FramesDoor::Entry::kBanned;
  ana.pipe.move(ana.end().peer(), world.now);
  ASSERT_TRUE(ana.closed());
  EXPECT_EQ(ana.closed()->why, "banned");
  world.hang_up(ana);
  EXPECT_EQ(world.hub.online(), 0U);
}

TEST(MembersLimits, CountFramesAndNotTheirPieces) {
  MemberWorld world({.burst = 4, .per_second = 1});
  MemberLink& ana = world.come(1, "ana");
  world.told(ana);
  const std::string frame = wire::encode_frame(ping(std::uint64_t{1} << 60));
  ASSERT_GT(frame.size(), 8U);
  for (const char byte : frame) world.hear(ana, std::string_view(&byte, 1));
  EXPECT_EQ(world.told(ana).size(), 1U);
}

TEST(FramesDoorLimits, AReaderThatReadsNothingCostsOneChangeOfEachRoom) {
  MemberWorld world;
  MemberLink& link = world.come(1, "ana");
  world.hear(link, join("lobby"));
  world.told(link);
  world.set_window(link, 0);
  const chat::SessionId session{1, world.members.index()};
  const chat::RoomId room{1};
  for (int i = 0; i < 10'000; ++i) {
    const chat::Topic topic{std::string(200, 'x') + std::to_string(i), "bob"};
    world.members.carry_out(chat::Tell{
        session, chat::RoomChanged{room, "lobby", topic, chat::RoomFacts{false, topic}}});
  }
  world.set_window(link, std::size_t{1} << 20);
  const auto events = world.told(link);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].room_changed().facts().topic().text().ends_with("9999"));
}

}  // namespace
}  // namespace palabre::server
