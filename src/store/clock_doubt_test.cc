#include "store/clock_doubt.h"

#include <gtest/gtest.h>

#include <chrono>

namespace palabre::store {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kNow = 20'000 * kDay;

/// Time passes, with a look every minute.
void pass(ClockDoubt& doubt, std::int64_t& wall, std::int64_t& boot, std::int64_t time) {
  for (std::int64_t passed = 0; passed < time; passed += kMinute) {
    wall += kMinute;
    boot += kMinute;
    doubt.look(wall, boot);
  }
}

TEST(ClockDoubt, AClockThatGoesOnWhereItWasIsBelieved) {
  EXPECT_TRUE(ClockDoubt({{kNow, 0}}, true, kNow + 6 * kDay, 0).is_believed());
  EXPECT_TRUE(ClockDoubt({}, false, 0, 0).is_believed()) << "nothing can expire";
}

TEST(ClockDoubt, AClockThatIsElsewhereAtTheStartIsBelievedAfterADay) {
  for (std::int64_t wall : {kNow + 3650 * kDay, kNow - kDay, std::int64_t{0}}) {
    std::int64_t boot = 7;
    ClockDoubt doubt({{kNow, 0}}, true, wall, boot);
    pass(doubt, wall, boot, kDay - kHour);
    EXPECT_FALSE(doubt.is_believed());
    pass(doubt, wall, boot, kHour);
    EXPECT_TRUE(doubt.is_believed());
  }
  EXPECT_FALSE(ClockDoubt({}, true, kNow, 0).is_believed()) << "nobody knows";
}

TEST(ClockDoubt, TheDayGoesOnAfterEachRestart) {
  std::int64_t wall = kNow + 3650 * kDay;
  ClockRow stored{kNow, 0};
  for (int life = 0; life < 6; ++life) {
    std::int64_t boot = 0;
    ClockDoubt doubt({stored}, true, wall, boot);
    EXPECT_FALSE(doubt.is_believed());
    pass(doubt, wall, boot, 4 * kHour);
    stored = doubt.seen();
    wall += 20 * kHour;  // the server is stopped
  }
  EXPECT_TRUE(ClockDoubt({stored}, true, wall, 0).is_believed());
}

TEST(ClockDoubt, AClockThatIsSetWhileItRunsIsDoubtedForADay) {
  std::int64_t wall = kNow;
  std::int64_t boot = 0;
  ClockDoubt doubt({{kNow, 0}}, true, wall, boot);
  wall += kHour;
  pass(doubt, wall, boot, kDay - kHour);
  EXPECT_FALSE(doubt.is_believed());
  pass(doubt, wall, boot, kHour + kMinute);  // counted from when the step was seen
  EXPECT_TRUE(doubt.is_believed());
}

TEST(ClockDoubt, AMachineThatSleepsHasSetNoClockAndShowsNobodyOne) {
  ClockDoubt sure({{kNow, 0}}, true, kNow, 0);
  sure.look(kNow + 30 * kDay, 30 * kDay);
  EXPECT_TRUE(sure.is_believed());
  ClockDoubt unsure({}, true, kNow, 0);
  unsure.look(kNow + 30 * kDay, 30 * kDay);
  EXPECT_FALSE(unsure.is_believed());
}

}  // namespace
}  // namespace palabre::store
