#include "base/bucket_table.h"

#include <gtest/gtest.h>

#include <chrono>

namespace palabre {
namespace {

using std::chrono_literals::operator""s;

constexpr Rate kSlow{10, 1};

/// Takes up to `count` tokens; returns how many there were.
int take(BucketTable<int>& table, int owner, int count, Instant now) {
  int taken = 0;
  while (taken < count && table.of(owner, kSlow, now).take(now)) ++taken;
  return taken;
}

TEST(BucketTable, HoldsAnOwnerToItsRate) {
  BucketTable<int> table(100);
  const Instant now = Instant{} + 1000s;
  EXPECT_EQ(take(table, 1, 20, now), 10);
  EXPECT_EQ(take(table, 1, 20, now + 3s), 3);
  EXPECT_EQ(take(table, 2, 20, now + 3s), 10) << "another owner has its own";
  table.give_back(1);
  table.give_back(7);
  EXPECT_EQ(take(table, 1, 20, now + 3s), 1);
}

TEST(BucketTable, ForgetsThoseWhoHaveRecoveredFirst) {
  BucketTable<int> table(100);
  Instant now = Instant{} + 1000s;
  for (int owner = 0; owner < 50; ++owner) take(table, owner, 1, now);
  now += 1s;
  for (int owner = 50; owner < 101; ++owner) take(table, owner, 10, now);
  EXPECT_EQ(table.size(), 51U);
  EXPECT_EQ(take(table, 50, 1, now), 0) << "it is not forgotten";
}

TEST(BucketTable, ForgetsNoFloodWhereItsOwnersAreMoreThanItsPlaces) {
  BucketTable<int> table(100);
  const Instant now = Instant{} + 1000s;
  take(table, 1'000'000, 10, now);
  for (int owner = 0; owner < 10'000; ++owner) {
    take(table, owner, 3, now);
    ASSERT_LE(table.size(), 100U);
  }
  EXPECT_EQ(take(table, 1'000'000, 1, now), 0);
}

TEST(Bucket, SaysWhenItHasATokenAgain) {
  Bucket bucket(2, 0.5);
  Instant now = Instant{} + 1000s;
  EXPECT_TRUE(bucket.take(now) && bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  EXPECT_EQ(bucket.ready_at(), now + 2s);
  EXPECT_FALSE(bucket.take(now + 1s));
  EXPECT_TRUE(bucket.take(bucket.ready_at()));
}

}  // namespace
}  // namespace palabre
