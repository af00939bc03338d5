#include "net/unreachable.h"

#include <gtest/gtest.h>

#include <string>

namespace palabre::net {
namespace {

Address at(const std::string& ip, std::uint16_t port = 0) { return *Address::parse(ip, port); }

TEST(Unreachable, WithholdsFromAllPortsOfAHostAndFromNobodyElse) {
  Unreachable unreachable;
  EXPECT_TRUE(unreachable.empty());
  unreachable.set({{at("10.0.0.1")}, {at("fe80::1%2")}}, 0);
  EXPECT_TRUE(unreachable.withholds(at("10.0.0.1", 5000)));
  EXPECT_TRUE(unreachable.withholds(at("10.0.0.1", 5001)));
  EXPECT_FALSE(unreachable.withholds(at("10.0.0.2", 5000)));
  EXPECT_TRUE(unreachable.withholds(at("fe80::1%2", 5000)));
  EXPECT_FALSE(unreachable.withholds(at("fe80::1%3", 5000))) << "on another link, somebody else";
}

TEST(Unreachable, WithholdsFromNobodyWhoIsBack) {
  Unreachable unreachable;
  unreachable.set({{at("10.0.0.1")}}, 0);
  EXPECT_TRUE(unreachable.withholds(at("10.0.0.1", 5000)));
  unreachable.set({}, 0);
  EXPECT_TRUE(unreachable.empty());
  EXPECT_FALSE(unreachable.withholds(at("10.0.0.1", 5000)));
}

TEST(Unreachable, LetsOneDatagramThroughToEachInTurn) {
  const std::vector<Unreachable::Neighbour> all{{at("10.0.0.1")}, {at("10.0.0.2")}};
  Unreachable unreachable;
  const auto pass = [&] {
    const bool first = !unreachable.withholds(at("10.0.0.1", 1));
    return std::pair(first, !unreachable.withholds(at("10.0.0.2", 1)));
  };
  unreachable.set(all, 1);
  EXPECT_EQ(pass(), std::pair(false, false)) << "nobody wanted to send to them before";
  unreachable.set(all, 1);
  EXPECT_EQ(pass(), std::pair(true, false));
  EXPECT_EQ(pass(), std::pair(false, false)) << "one datagram is enough to ask";
  unreachable.set(all, 1);
  EXPECT_EQ(pass(), std::pair(false, true));
}

TEST(Unreachable, SavesUpNoTries) {
  const std::vector<Unreachable::Neighbour> all{{at("10.0.0.1")}, {at("10.0.0.2")}};
  Unreachable unreachable;
  unreachable.set(all, 1);
  for (const auto& neighbour : all) EXPECT_TRUE(unreachable.withholds(neighbour.host));
  for (int look = 0; look < 5; ++look) unreachable.set(all, 1);  // nothing is sent in between
  int passed = 0;
  for (const auto& neighbour : all) passed += unreachable.withholds(neighbour.host) ? 0 : 1;
  EXPECT_EQ(passed, 1);
}

TEST(Unreachable, TriesWhoeverIsHeardFrom) {
  Unreachable unreachable;
  unreachable.set({{at("10.0.0.1")}}, 0);
  unreachable.heard(at("10.0.0.1", 7000));
  unreachable.heard(at("10.0.0.2", 7000));
  EXPECT_FALSE(unreachable.withholds(at("10.0.0.1", 5000)));
  EXPECT_TRUE(unreachable.withholds(at("10.0.0.1", 5000)));
}

TEST(Unreachable, TriesNobodyWhomTheKernelAsksForAlready) {
  const Unreachable::Neighbour asked{at("10.0.0.1"), true};
  Unreachable unreachable;
  for (int look = 0; look < 3; ++look) {
    unreachable.set({asked}, 1);
    unreachable.heard(at("10.0.0.1", 7000));
    EXPECT_TRUE(unreachable.withholds(at("10.0.0.1", 5000)));
  }
}

}  // namespace
}  // namespace palabre::net
