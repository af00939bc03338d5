#include "chat/absent_guests.h"

#include <gtest/gtest.h>

namespace palabre::chat {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

AbsentGuests::Place place(const std::string& room) { return {RoomName{room}, std::nullopt}; }

TEST(AbsentGuests, GivesAPlaceBackOnce) {
  AbsentGuests absent(10, 24h);
  absent.remember("a", place("ops"), Instant{});
  EXPECT_EQ(absent.recall("a", Instant{} + 1h)->room.text, "ops");
  EXPECT_FALSE(absent.recall("a", Instant{} + 1h));
}

TEST(AbsentGuests, ForgetsAtTheEndOfItsTime) {
  AbsentGuests absent(10, 24h);
  absent.remember("a", place("ops"), Instant{});
  absent.remember("b", place("ops"), Instant{} + 1s);
  EXPECT_FALSE(absent.recall("a", Instant{} + 24h));
  EXPECT_TRUE(absent.recall("b", Instant{} + 24h));
}

TEST(AbsentGuests, ForgetsTheOneAbsentLongestWhenItIsFull) {
  AbsentGuests absent(2, 24h);
  absent.remember("a", place("x"), Instant{});
  absent.remember("b", place("x"), Instant{} + 1s);
  absent.remember("c", place("x"), Instant{} + 2s);
  EXPECT_EQ(absent.size(), 2U);
  EXPECT_FALSE(absent.recall("a", Instant{} + 3s));
  EXPECT_TRUE(absent.recall("b", Instant{} + 3s));
  EXPECT_TRUE(absent.recall("c", Instant{} + 3s));
}

TEST(AbsentGuests, TakesTheLaterOfTwoDeparturesOfOneAddress) {
  AbsentGuests absent(2, 24h);
  absent.remember("a", place("x"), Instant{});
  absent.remember("a", place("y"), Instant{} + 1s);
  EXPECT_EQ(absent.size(), 1U);
  EXPECT_EQ(absent.recall("a", Instant{} + 2s)->room.text, "y");
}

TEST(AbsentGuests, RemembersNobodyWithoutRoom) {
  AbsentGuests absent(0, 24h);
  absent.remember("a", place("x"), Instant{});
  EXPECT_EQ(absent.size(), 0U);
}

}  // namespace
}  // namespace palabre::chat
