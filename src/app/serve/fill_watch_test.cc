#include "app/serve/fill_watch.h"

#include <gtest/gtest.h>

namespace palabre::app {
namespace {

TEST(FillWatch, TellsOfEachStepOnce) {
  FillWatch watch;
  EXPECT_FALSE(watch.look("rooms", 799, 1000));
  EXPECT_EQ(watch.look("rooms", 800, 1000), 80U);
  EXPECT_FALSE(watch.look("rooms", 999, 1000));
  EXPECT_EQ(watch.look("rooms", 1000, 1000), 100U);
  EXPECT_FALSE(watch.look("rooms", 1001, 1000));
  EXPECT_EQ(watch.look("guests", 8, 10), 80U) << "each has its own";
}

TEST(FillWatch, TellsAgainOnlyAfterItWasClearlyLess) {
  FillWatch watch;
  EXPECT_EQ(watch.look("rooms", 1000, 1000), 100U);
  EXPECT_FALSE(watch.look("rooms", 960, 1000));
  EXPECT_FALSE(watch.look("rooms", 1000, 1000));
  EXPECT_FALSE(watch.look("rooms", 940, 1000)) << "less";
  EXPECT_EQ(watch.look("rooms", 1000, 1000), 100U);
  EXPECT_FALSE(watch.look("rooms", 100, 1000));
  EXPECT_EQ(watch.look("rooms", 820, 1000), 80U);
}

TEST(FillWatch, SaysNothingOfWhatHasNoLimit) {
  FillWatch watch;
  EXPECT_FALSE(watch.look("rooms", 1000, 0));
}

}  // namespace
}  // namespace palabre::app
