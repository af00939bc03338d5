#include "base/network.h"

#include <gtest/gtest.h>

namespace palabre {
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

TEST(Network, IsWrittenAsItIsRead) {
  for (const char* text : {"10.1.0.0/16", "0.0.0.0/0", "192.168.52.7", "2001:db8::/48", "::/0",
                           "::1", "2001:db8:0:1::/64"}) {
    EXPECT_EQ(to_text(*Network::parse(text)), text);
  }
}

TEST(Network, ContainsSmallerNetworksAndItself) {
  const Network site = *Network::parse("2001:db8::/48");
  EXPECT_TRUE(site.contains(site));
  EXPECT_TRUE(site.contains(*Network::parse("2001:db8:0:1::/64")));
  EXPECT_FALSE(site.contains(*Network::parse("2001:db8::/32")));
  EXPECT_FALSE(site.contains(*Network::parse("2001:db9::/64")));
}

TEST(Neighbourhood, IsASlash24OrAnIPv6Slash64) {
  EXPECT_EQ(neighbourhood(ip("10.1.2.3")), *Network::parse("10.1.2.0/24"));
  EXPECT_EQ(neighbourhood(ip("2001:db8:0:1::77")), *Network::parse("2001:db8:0:1::/64"));
}

TEST(NetworkToBan, IsTheWholeOfAnIpv6OneUnlessItsAddressesAreOfOneLink) {
  EXPECT_EQ(to_text(network_to_ban(ip("2001:db8::7"))), "2001:db8::/64");
  EXPECT_EQ(to_text(network_to_ban(ip("192.0.2.7"))), "192.0.2.7");
  EXPECT_EQ(to_text(network_to_ban(ip("fe80::7"))), "fe80::7");
}

}  // namespace
}  // namespace palabre
