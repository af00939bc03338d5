#include "app/host/links.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace palabre::app {
namespace {

using Kind = Route::Kind;
using Hops = std::vector<Route::Hop>;

constexpr std::uint32_t kLoopback = 1;
constexpr std::uint32_t kEthernet = 2;
constexpr std::uint32_t kTunnel = 3;

guard::Network network(const char* text) { return *guard::Network::parse(text); }

std::vector<guard::OnLinkNetwork> links(const std::vector<Route>& routes) {
  return links_by(routes, {kLoopback});
}

TEST(Links, AreTheRoutesWithoutAGatewayByTheirInterfaces) {
  const auto found = links({{Kind::kUnicast, network("10.9.0.2/32"), Hops{{kTunnel}}},
                            {Kind::kUnicast, network("2001:db8::/64"), Hops{{kEthernet}}}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].interface, kTunnel);
  EXPECT_EQ(found[0].network, network("10.9.0.2"));
  EXPECT_FALSE(found[0].loopback);
  EXPECT_EQ(found[1].interface, kEthernet);
  EXPECT_EQ(found[1].network, network("2001:db8::/64"));
}

TEST(Links, AreNoneWhereAnyHopHasAGateway) {
  EXPECT_TRUE(links({{Kind::kUnicast, network("10.8.0.0/24"), Hops{{kEthernet, true}}}}).empty());
  EXPECT_TRUE(
      links({{Kind::kUnicast, network("10.8.0.0/24"), Hops{{kEthernet, false}, {kTunnel, true}}}})
          .empty());
  EXPECT_EQ(
      links({{Kind::kUnicast, network("10.8.0.0/24"), Hops{{kEthernet, false}, {kTunnel, false}}}})
          .size(),
      2U);
}

TEST(Links, AreNoneByWhatLeadsNowhere) {
  EXPECT_TRUE(links({{Kind::kOther, network("10.8.0.0/24"), Hops{{kEthernet}}},
                     {Kind::kUnicast, network("10.8.0.0/24"), Hops{}},
                     {Kind::kUnicast, network("10.8.0.0/24"), Hops{{0}}}})
                  .empty());
}

TEST(Links, TrustNoDefaultRouteNorAPieceOfOne) {
  for (const char* wide :
       {"0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3", "fc00::/7"}) {
    EXPECT_TRUE(links({{Kind::kUnicast, network(wide), Hops{{kTunnel}}}}).empty()) << wide;
  }
  for (const char* narrow : {"10.0.0.0/8", "fd00::/8"}) {
    EXPECT_EQ(links({{Kind::kUnicast, network(narrow), Hops{{kTunnel}}}}).size(), 1U) << narrow;
  }
}

TEST(Links, OfThisMachinesOwnAddressesAreLoopbacksAlone) {
  const auto found = links({{Kind::kLocal, network("127.0.0.0/8"), Hops{{kLoopback}}},
                            {Kind::kLocal, network("10.9.0.1"), Hops{{kEthernet}}}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].loopback);
  EXPECT_EQ(found[0].network, network("127.0.0.0/8"));
}

TEST(Links, HaveLoopbackAmongThemWithItsNetwork) {
  const auto found = links_of_this_machine();
  ASSERT_TRUE(found) << found.error().sentence;
  EXPECT_TRUE(std::any_of(found->begin(), found->end(), [](const guard::OnLinkNetwork& link) {
    return link.loopback && link.interface != 0 &&
           (link.network.contains(network("127.0.0.1").ip) ||
            link.network.contains(network("::1").ip));
  }));
}

}  // namespace
}  // namespace palabre::app
