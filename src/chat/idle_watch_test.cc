#include "chat/idle_watch.h"

#include <gtest/gtest.h>

namespace palabre::chat {
namespace {

using std::chrono_literals::operator""s;
using Sessions = std::vector<SessionId>;

TEST(IdleWatch, IsDueAtTheWarningThenAtTheEnd) {
  IdleWatch watch(9s, 10s);
  EXPECT_FALSE(watch.next_due());
  watch.heard({1}, Instant{});
  EXPECT_EQ(watch.next_due(), Instant{} + 9s);
  EXPECT_EQ(watch.due(Instant{} + 9s).to_warn, Sessions{{1}});
  EXPECT_EQ(watch.next_due(), Instant{} + 10s);
  const auto due = watch.due(Instant{} + 10s);
  EXPECT_TRUE(due.to_warn.empty());
  EXPECT_EQ(due.to_give_up, Sessions{{1}});
  EXPECT_FALSE(watch.next_due());
}

TEST(IdleWatch, BeginsAnewWithEachSignOfLifeEvenAfterTheWarning) {
  IdleWatch watch(9s, 10s);
  watch.heard({1}, Instant{});
  watch.due(Instant{} + 9s);
  watch.heard({1}, Instant{} + 9s);
  EXPECT_TRUE(watch.due(Instant{} + 17s).to_give_up.empty());
  EXPECT_EQ(watch.due(Instant{} + 18s).to_warn, Sessions{{1}});
}

TEST(IdleWatch, TakesTheOneSilentLongestFirst) {
  IdleWatch watch(9s, 10s);
  watch.heard({1}, Instant{});
  watch.heard({2}, Instant{} + 1s);
  watch.heard({1}, Instant{} + 2s);
  EXPECT_EQ(watch.due(Instant{} + 11s).to_warn, (Sessions{{2}, {1}}));
}

TEST(IdleWatch, LooksTooLateWithoutHarm) {
  IdleWatch watch(9s, 10s);
  watch.heard({1}, Instant{});
  const auto due = watch.due(Instant{} + 60s);
  EXPECT_EQ(due.to_warn, Sessions{{1}});
  EXPECT_EQ(due.to_give_up, Sessions{{1}});
}

TEST(IdleWatch, ForgetsAtAnyMoment) {
  IdleWatch watch(9s, 10s);
  for (const std::uint64_t session : {1, 2, 3}) watch.heard({session}, Instant{});
  watch.forget({1});
  watch.due(Instant{} + 9s);
  watch.forget({2});
  EXPECT_EQ(watch.due(Instant{} + 10s).to_give_up, Sessions{{3}});
  watch.forget({3});
  watch.forget({4});
  EXPECT_FALSE(watch.next_due());
}

}  // namespace
}  // namespace palabre::chat
