#include "chat/number_ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace palabre::chat {
namespace {

using Ranges = std::vector<NumberRange>;

TEST(NumberRanges, JoinNumbersThatFollowOneAnother) {
  NumberRanges ranges({{3}, {4}, {5}, {9}});
  EXPECT_EQ(ranges.ranges(), (Ranges{{{3}, {5}}, {{9}, {9}}}));
  EXPECT_EQ(ranges.count(), 4U);
  ranges.add({{6}, {8}});
  EXPECT_EQ(ranges.ranges(), (Ranges{{{3}, {9}}}));
  ranges.add({{7}, {2}});
  EXPECT_EQ(ranges.ranges(), (Ranges{{{3}, {9}}})) << "a range that ends before it begins";
}

TEST(NumberRanges, BecomeOneWhereThereAreTooMany) {
  NumberRanges ranges;
  for (std::uint64_t i = 1; i <= NumberRanges::kMost; ++i) ranges.add({{2 * i}, {2 * i}});
  EXPECT_TRUE(ranges.is_exact());
  EXPECT_EQ(ranges.ranges().size(), NumberRanges::kMost);
  ranges.add({{10'000}, {10'001}});
  EXPECT_FALSE(ranges.is_exact());
  EXPECT_EQ(ranges.ranges(), (Ranges{{{2}, {10'001}}}));
  ranges.add({{20'000}, {20'000}});
  EXPECT_EQ(ranges.ranges(), (Ranges{{{2}, {20'000}}})) << "and stay one";
}

TEST(NumberRanges, CountEveryNumberThereMayBe) {
  NumberRanges ranges;
  ranges.add({{0}, {~std::uint64_t{0}}});
  EXPECT_EQ(ranges.count(), ~std::uint64_t{0});
  EXPECT_TRUE(ranges.contains({~std::uint64_t{0}}));
  ranges.add({{5}, {6}});
  EXPECT_EQ(ranges.ranges().size(), 1U);
}

TEST(NumberRanges, AreASetOfNumbers) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 200; ++run) {
    NumberRanges ranges;
    std::set<std::uint64_t> model;
    for (int i = 0; i < 30; ++i) {
      const std::uint64_t from = 1 + random() % 100;
      const std::uint64_t to = from + random() % 5;
      ranges.add({{from}, {to}});
      for (std::uint64_t number = from; number <= to; ++number) model.insert(number);
    }
    EXPECT_EQ(ranges.count(), model.size());
    for (std::uint64_t number = 0; number < 110; ++number) {
      EXPECT_EQ(ranges.contains({number}), model.contains(number)) << number;
    }
  }
}

}  // namespace
}  // namespace palabre::chat
