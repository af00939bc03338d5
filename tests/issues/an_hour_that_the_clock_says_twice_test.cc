#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "app/dated_lines.h"
#include "app/moment.h"

namespace palabre::app {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

class AnHourThatTheClockSaysTwice : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);  // needs no tzdata
    ::tzset();
  }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
};

TEST_F(AnHourThatTheClockSaysTwice, IsItsFirst) {
  // On 25 October 2026 it is half past two at 00:30 and at 01:30 UTC.
  EXPECT_EQ(parse_moment("2026-10-25 02:30", 0), 1'792'888'200 * kMicroseconds);
  EXPECT_EQ(parse_moment("2026-10-25 03:00", 0), (1'792'888'200 + 5'400) * kMicroseconds);
  EXPECT_EQ(parse_moment("2026-10-24 02:30", 0), (1'792'888'200 - 86'400) * kMicroseconds);
}

TEST_F(AnHourThatTheClockSaysTwice, IsToldApartWhereItIsPrinted) {
  DatedLines lines;
  const chat::Message message{chat::Kind::kText, "ana", "hello"};
  EXPECT_EQ(lines.show({1}, message, {1'792'888'200 * kMicroseconds}),
            "2026-10-25 02:30:00 #1 ana> hello\n");
  EXPECT_EQ(lines.show({2}, message, {1'792'891'800 * kMicroseconds}),
            "-- From here on the clock is UTC+01:00.\n2026-10-25 02:30:00 #2 ana> hello\n");
  EXPECT_EQ(lines.show({3}, message, {1'792'891'860 * kMicroseconds}),
            "2026-10-25 02:31:00 #3 ana> hello\n");
  EXPECT_EQ(lines.show({4}, message, {}), "------------------- #4 ana> hello\n");
}

}  // namespace
}  // namespace palabre::app
