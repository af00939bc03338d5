#include "app/serve/join_hint.h"

#include <gtest/gtest.h>

namespace palabre::app {
namespace {

Address at(const std::string& ip) { return *Address::parse(ip, 5000); }

TEST(JoinHint, SaysHowToJoinAtEachAddress) {
  const std::string hint = join_hint(at("::"), {at("192.168.52.2"), at("::1")}, true, "all");
  EXPECT_NE(hint.find("UDP port 5000"), std::string::npos);
  EXPECT_NE(hint.find("nc -u 192.168.52.2 5000\n"), std::string::npos);
  EXPECT_NE(hint.find("nc -u ::1 5000   (from this machine)\n"), std::string::npos);
  EXPECT_NE(hint.find("palabre chat 192.168.52.2:5000 "), std::string::npos);
  EXPECT_EQ(hint.find("palabre chat [::1]"), std::string::npos) << "one is enough";
  EXPECT_NE(hint.find("Who may enter: all.\n"), std::string::npos);
}

TEST(JoinHint, WritesAnIPv6AddressAsATargetIsWritten) {
  EXPECT_NE(join_hint(at("::1"), {at("::1")}, true, "all").find("palabre chat [::1]:5000 "),
            std::string::npos);
}

TEST(JoinHint, SaysNothingOfMembersWhereNoneAreAdmitted) {
  EXPECT_EQ(join_hint(at("::"), {at("192.168.52.2")}, false, "all").find("palabre chat"),
            std::string::npos);
}

TEST(ReachableAt, IsTheOneAddressThatWasAskedFor) {
  const auto addresses = reachable_at(at("127.0.0.1"));
  ASSERT_EQ(addresses.size(), 1U);
  EXPECT_EQ(addresses.front().ip(), "127.0.0.1");
}

TEST(ReachableAt, ListsLoopbackLastAndOnlyIPv4ForAnIPv4Socket) {
  const auto all = reachable_at(at("::"));
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(all.back().is_loopback());
  for (const Address& address : reachable_at(at("0.0.0.0"))) EXPECT_TRUE(address.is_v4());
}

}  // namespace
}  // namespace palabre::app
