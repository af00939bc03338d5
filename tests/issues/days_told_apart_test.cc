#include <gtest/gtest.h>

#include "client/chat/chat_words.h"

namespace palabre::client {
namespace {

constexpr std::int64_t kHour = 3'600'000'000;

TEST(ADay, IsNamedOnceWhereItIsAnother) {
  const ChatWords words({false, [](std::int64_t) { return 60; }});
  const WallTime evening{1'795'473'000 * std::int64_t{1'000'000}};  // 23 November 2026, 22:30 UTC
  std::int64_t shown = 0;
  EXPECT_EQ(words.day(evening, shown), "-- Monday, 23 November 2026");
  EXPECT_EQ(words.day(evening, shown), std::nullopt);
  EXPECT_EQ(words.day({evening.microseconds + kHour}, shown), "-- Tuesday, 24 November 2026")
      << "by the zone's clock";
  EXPECT_EQ(words.day({}, shown), std::nullopt) << "nobody knows when";
  EXPECT_EQ(words.day(evening, shown), "-- Monday, 23 November 2026") << "what /history shows";
}

}  // namespace
}  // namespace palabre::client
