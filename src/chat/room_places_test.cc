#include "chat/room_places.h"

#include <gtest/gtest.h>

#include <string>

namespace palabre::chat {
namespace {

constexpr std::size_t kMost = 1024;

Identity from(const std::string& ip, Reach reach = Reach::kPublic) {
  return {"", {}, *Ip::parse(ip), reach, reach == Reach::kLoopback};
}

class RoomPlacesTest : public testing::Test {
 protected:
  /// Opens as many as it may; returns how many that were.
  std::size_t fill(const Identity& by) {
    std::size_t count = 0;
    while (places.has_place(by, free)) {
      places.opened(by.ip);
      --free;
      ++count;
    }
    return count;
  }
  RoomPlaces places{kMost};
  std::size_t free = kMost;
};

TEST_F(RoomPlacesTest, AnAddressANetworkAndASiteHaveAShareEach) {
  EXPECT_EQ(fill(from("192.0.2.1")), 64U);
  EXPECT_EQ(fill(from("192.0.2.2")), 64U);
  EXPECT_EQ(fill(from("192.0.2.3")), 0U);
  std::size_t of_site = 0;
  for (const char* ip : {"2001:db8:1::1", "2001:db8:1:1::1", "2001:db8:1:100::1",
                         "2001:db8:1:101::1", "2001:db8:1:200::1"}) {
    of_site += fill(from(ip));
  }
  EXPECT_EQ(of_site, 256U);
}

TEST_F(RoomPlacesTest, OfTheLastHalfAnAddressHasAFew) {
  for (int network = 0; network < 100; ++network) {
    fill(from("10.0." + std::to_string(network) + ".1"));
  }
  EXPECT_EQ(free, 512U - 92U * 2) << "eight have filled one half, the others have two each";
  EXPECT_EQ(fill(from("192.0.2.1")), 2U);
}

TEST_F(RoomPlacesTest, WhatIsClosedIsFreeAgain) {
  const Identity by = from("192.0.2.1");
  fill(by);
  places.closed(by.ip);
  EXPECT_TRUE(places.has_place(by, free));
}

TEST_F(RoomPlacesTest, ThisMachineMayOpenAll) {
  EXPECT_EQ(fill(from("127.0.0.1", Reach::kLoopback)), kMost);
}

}  // namespace
}  // namespace palabre::chat
