#include "base/time_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace palabre {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

TEST(ControlTime, IsANumberAndAUnit) {
  EXPECT_EQ(parse_time("30s"), 30s);
  EXPECT_EQ(parse_time("10m"), 10min);
  EXPECT_EQ(parse_time("2h"), 2h);
  EXPECT_EQ(parse_time("1d"), 24h);
  EXPECT_EQ(parse_time("365d"), kMostTime);
  for (const std::string text : {"", "10", "m", "0s", "-1m", "10 m", "10min", "1.5h", "366d",
                                 "9999999999d", "2147483647d", "10M"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(ControlTime, IsShownByItsTwoLargestUnits) {
  EXPECT_EQ(show_time(0s), "0s");
  EXPECT_EQ(show_time(std::chrono::milliseconds(1999)), "1s");
  EXPECT_EQ(show_time(10min), "10m");
  EXPECT_EQ(show_time(1h + 5min + 7s), "1h 5m");
  EXPECT_EQ(show_time(1h + 7s), "1h");
  EXPECT_EQ(show_time(25h), "1d 1h");
  EXPECT_EQ(show_time(-1s), "0s");
}

RC_GTEST_PROP(TimeTextProperty, TakesAnything, (const std::string& text)) {
  const auto time = parse_time(text);
  const auto one = time.value_or(kLeastTime);
  RC_ASSERT(one >= kLeastTime);
  RC_ASSERT(one <= kMostTime);
}

}  // namespace
}  // namespace palabre
