#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "net/members_test_driver.h"

// What counts as asking.

namespace palabre::net {
namespace {

TEST(MembersLimits, CountFramesAndNotTheirPieces) {
  MemberWorld world({.burst = 4, .per_second = 1});
  FakeLink& ana = world.come(1, "ana");
  world.told(ana);
  const std::string frame = wire::encode_frame(ping(std::uint64_t{1} << 60));
  ASSERT_GT(frame.size(), 8U);
  for (const char byte : frame) world.hear(ana, std::string_view(&byte, 1));
  EXPECT_EQ(world.told(ana).size(), 1U);
}

}  // namespace
}  // namespace palabre::net
