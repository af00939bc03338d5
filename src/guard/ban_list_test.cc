#include "guard/ban_list.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace palabre::guard {
namespace {

using std::chrono_literals::operator""s;

Network network(const std::string& text) { return *Network::parse(text); }
Ip ip(const std::string& text) { return *Ip::parse(text); }

TEST(BanList, HoldsForEveryAddressOfTheNetworkAndUntilItsTime) {
  BanList bans;
  const Instant now = Instant{} + 1000s;
  EXPECT_TRUE(bans.ban(network("10.0.0.0/24"), now + 10s));
  EXPECT_TRUE(bans.ban(network("2001:db8::/48"), now + 20s));
  EXPECT_TRUE(bans.contains(ip("10.0.0.200"), now));
  EXPECT_FALSE(bans.contains(ip("10.0.1.200"), now));
  EXPECT_TRUE(bans.contains(ip("2001:db8:0:7::1"), now));
  EXPECT_FALSE(bans.contains(ip("2001:db8:1:7::1"), now));
  EXPECT_FALSE(bans.contains(ip("10.0.0.200"), now + 10s));
  bans.forget_what_is_over(now + 10s);
  EXPECT_EQ(bans.all().size(), 1U);
}

TEST(BanList, EndsABanOfExactlyThisNetwork) {
  BanList bans;
  const Instant now = Instant{} + 1000s;
  bans.ban(network("10.0.0.0/24"), now + 10s);
  bans.ban(network("10.0.0.7"), now + 10s);
  EXPECT_FALSE(bans.unban(network("10.0.0.0/16")));
  EXPECT_TRUE(bans.unban(network("10.0.0.7")));
  EXPECT_TRUE(bans.contains(ip("10.0.0.7"), now)) << "by its network";
  EXPECT_TRUE(bans.unban(network("10.0.0.0/24")));
  EXPECT_FALSE(bans.contains(ip("10.0.0.7"), now));
}

TEST(BanList, HasABoundAndKeepsTheBansBeforeIt) {
  BanList bans;
  const Instant now = Instant{} + 1000s;
  for (std::size_t i = 0; i < BanList::kMost; ++i) {
    Ip one = ip("10.0.0.0");
    one.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    one.bytes[15] = static_cast<std::uint8_t>(i);
    ASSERT_TRUE(bans.ban(Network::of(one, 128), now + 10s));
  }
  EXPECT_FALSE(bans.ban(network("192.0.2.1"), now + 10s));
  EXPECT_TRUE(bans.ban(network("10.0.0.0"), now + 20s)) << "a ban that is there is prolonged";
  EXPECT_TRUE(bans.contains(ip("10.0.39.1"), now));
}

}  // namespace
}  // namespace palabre::guard
