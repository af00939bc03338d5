#include "base/number.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace palabre {
namespace {

TEST(ParseNumber, TakesAllOfATextThatIsANumber) {
  EXPECT_EQ(parse_number<std::uint64_t>("0"), 0);
  EXPECT_EQ(parse_number<std::uint64_t>("007"), 7);
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_number<std::int64_t>("-12"), -12);
}

TEST(ParseNumber, TakesNothingElse) {
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "#1", "1.0", "0x1", "one", "-"}) {
    EXPECT_EQ(parse_number<std::uint64_t>(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(parse_number<std::int64_t>("--1"), std::nullopt);
}

TEST(ParseNumber, TakesNothingThatTheTypeCannotHold) {
  EXPECT_EQ(parse_number<std::uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_number<std::int64_t>("-9223372036854775809"), std::nullopt);
}

}  // namespace
}  // namespace palabre
