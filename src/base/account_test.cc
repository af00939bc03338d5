#include "base/account.h"

#include <gtest/gtest.h>

namespace palabre {
namespace {

TEST(Account, IsTheSameByNameAndByNumber) {
  const auto root = account_named("root");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->user, 0U);
  EXPECT_EQ(root->group, 0U);
  EXPECT_TRUE(root->home.starts_with('/')) << root->home;
  const auto again = account_of(0);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->name, "root");
  EXPECT_EQ(again->home, root->home);
}

TEST(Account, IsNothingWhereThereIsNone) {
  EXPECT_FALSE(account_named("no such user"));
  EXPECT_FALSE(account_of(3'999'999'999U));
}

}  // namespace
}  // namespace palabre
