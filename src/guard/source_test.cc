#include "guard/source.h"

#include <gtest/gtest.h>

namespace palabre::guard {
namespace {

Ip ip(const char* text) { return Network::parse(text)->ip; }

TEST(Network, ContainsWhatItsBitsSay) {
  const auto network = Network::parse("192.168.52.0/23");
  ASSERT_TRUE(network);
  EXPECT_TRUE(network->contains(ip("192.168.52.1")));
  EXPECT_TRUE(network->contains(ip("192.168.53.255")));
  EXPECT_FALSE(network->contains(ip("192.168.54.0")));
  EXPECT_FALSE(network->contains(ip("2001:db8::1")));
  EXPECT_TRUE(Network::parse("2001:db8::/33")->contains(ip("2001:db8:7fff::1")));
  EXPECT_FALSE(Network::parse("2001:db8::/33")->contains(ip("2001:db8:8000::1")));
}

TEST(Network, KeepsTheFamiliesApart) {
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(ip("8.8.8.8")));
  EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains(ip("2001:db8::1")));
  EXPECT_TRUE(Network::parse("::/0")->contains(ip("2001:db8::1")));
}

TEST(Network, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0/8",
                           "10.0.0.0/8x", "localhost", "10.0.0.0/ 8"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(Neighbourhood, IsASlash24OrAnIPv6Slash64) {
  EXPECT_EQ(neighbourhood(ip("10.1.2.3")), *Network::parse("10.1.2.0/24"));
  EXPECT_EQ(neighbourhood(ip("2001:db8:0:1::77")), *Network::parse("2001:db8:0:1::/64"));
}

}  // namespace
}  // namespace palabre::guard
