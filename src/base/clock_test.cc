#include "base/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace palabre {
namespace {

TEST(Clock, TheWallClockCountsMicrosecondsSince1970) {
  const std::int64_t before = std::time(nullptr);
  const std::int64_t now = wall_clock_now().microseconds;
  const std::int64_t after = std::time(nullptr);
  EXPECT_GE(now / 1'000'000 + 1, before) << "time() may be a tick behind";
  EXPECT_LE(now / 1'000'000, after + 1);
}

TEST(Clock, TheMonotonicClockDoesNotGoBack) {
  const Instant first = clock_now();
  EXPECT_LE(first, clock_now());
}

}  // namespace
}  // namespace palabre
