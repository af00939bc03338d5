#include "link/impairment.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace palabre::link {
namespace {

using namespace std::chrono_literals;

constexpr int kMany = 20'000;
constexpr std::size_t kBytes = 100;

std::vector<std::vector<Impairment::Arrival>> fates(const BadNetwork& network, std::uint64_t seed) {
  Impairment impairment(network, seed);
  std::vector<std::vector<Impairment::Arrival>> fates;
  for (int i = 0; i < kMany; ++i) fates.push_back(impairment.decide(kBytes));
  return fates;
}

/// Within 1 % of all tries, which is at least three standard deviations.
void expect_about(double percent, int count) {
  EXPECT_NEAR(percent / 100 * kMany, count, kMany / 100);
}

TEST(Impairment, LeavesAGoodNetworkAlone) {
  for (const auto& fate : fates({}, 1)) {
    ASSERT_EQ(fate.size(), 1U);
    EXPECT_EQ(fate[0].after, 0ms);
    EXPECT_FALSE(fate[0].flip);
  }
}

TEST(Impairment, DoesEachAsOftenAsItWasTold) {
  for (const double loss : {30.0, 60.0}) {
    int lost = 0;
    int doubled = 0;
    for (const auto& fate : fates({.loss_percent = loss, .duplicate_percent = 5}, 2)) {
      lost += fate.empty() ? 1 : 0;
      doubled += fate.size() == 2 ? 1 : 0;
    }
    expect_about(loss, lost);
    expect_about((100 - loss) * 0.05, doubled);
  }

  int late = 0;
  int damaged = 0;
  for (const auto& fate : fates({.reorder_percent = 10, .corrupt_percent = 2.5}, 3)) {
    ASSERT_EQ(fate.size(), 1U);
    late += fate[0].after > 0ms ? 1 : 0;
    damaged += fate[0].flip ? 1 : 0;
  }
  expect_about(10, late);
  expect_about(2.5, damaged);
}

TEST(Impairment, LosesAllOrNothingAtTheEndsOfItsScale) {
  for (const auto& fate : fates({.loss_percent = 100}, 4)) EXPECT_TRUE(fate.empty());
  for (const auto& fate : fates({.duplicate_percent = 100}, 4)) EXPECT_EQ(fate.size(), 2U);
}

TEST(Impairment, DelaysAllAndSomeTwiceAsLong) {
  std::set<Duration> delays;
  for (const auto& fate : fates({.reorder_percent = 50, .delay = 100ms}, 5)) {
    delays.insert(fate[0].after);
  }
  EXPECT_EQ(delays, (std::set<Duration>{100ms, 200ms}));

  delays.clear();
  for (const auto& fate : fates({.reorder_percent = 50}, 5)) delays.insert(fate[0].after);
  EXPECT_EQ(delays, (std::set<Duration>{0ms, Impairment::kLeastDetour}));
}

TEST(Impairment, TurnsOverOneBitOfAnyByte) {
  std::set<std::size_t> bytes;
  std::set<unsigned> bits;
  for (const auto& fate : fates({.corrupt_percent = 100}, 6)) {
    ASSERT_TRUE(fate[0].flip);
    bytes.insert(fate[0].flip->byte);
    bits.insert(fate[0].flip->bit);
  }
  EXPECT_EQ(bytes.size(), kBytes);
  EXPECT_EQ(*bytes.rbegin(), kBytes - 1);
  EXPECT_EQ(bits, (std::set<unsigned>{0, 1, 2, 3, 4, 5, 6, 7}));

  std::string text("\x00\xff", 2);
  flip(text, {1, 7});
  EXPECT_EQ(text, std::string("\x00\x7f", 2));
  EXPECT_FALSE(Impairment({.corrupt_percent = 100}, 7).decide(0)[0].flip);
}

TEST(Impairment, DoesTheSameAgainWithTheSameSeed) {
  const BadNetwork network{30, 5, 10, 2, 100ms};
  const auto shape = [&](std::uint64_t seed) {
    std::vector<std::pair<Duration, std::size_t>> outline;
    for (const auto& fate : fates(network, seed)) {
      for (const auto& one : fate) {
        outline.emplace_back(one.after, one.flip ? one.flip->byte : kBytes);
      }
    }
    return outline;
  };
  EXPECT_EQ(shape(8), shape(8));
  EXPECT_NE(shape(8), shape(9));
}

}  // namespace
}  // namespace palabre::link
