#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "app/serve/serve_options.h"
#include "drivers/members_driver.h"
#include "drivers/temporary_folder.h"
#include "guard/gate.h"

namespace palabre {
namespace {

using Entry = server::FramesDoor::Entry;

constexpr std::uint32_t kLoopback = 1;
constexpr std::uint32_t kLan = 2;

guard::Gate gate_for(guard::Members members) {
  guard::Policy policy;
  policy.members = members;
  policy.trusted = {*guard::Network::parse("203.0.113.0/24")};
  guard::Gate gate(std::move(policy), {}, {5000});
  gate.set_links({{kLoopback, true, *guard::Network::parse("127.0.0.0/8")},
                  {kLan, false, *guard::Network::parse("192.168.52.0/24")}});
  return gate;
}

bool may_come(guard::Members members, const char* from, std::uint32_t interface) {
  auto gate = gate_for(members);
  const bool may = gate.admits_member({guard::Network::parse(from)->ip, 40'000, interface});
  EXPECT_EQ(gate.members_turned_away(), may ? 0U : 1U);
  return may;
}

TEST(AMemberFromElsewhere, IsNotAdmittedToAServerOfTheLan) {
  EXPECT_FALSE(may_come(guard::Members::kLan, "198.51.100.7", kLan));
  EXPECT_FALSE(may_come(guard::Members::kLan, "2001:db8::7", kLan));
  EXPECT_FALSE(may_come(guard::Members::kLan, "192.168.52.7", 3))
      << "by an interface where that network is not";
  EXPECT_TRUE(may_come(guard::Members::kLan, "192.168.52.7", kLan));
  EXPECT_TRUE(may_come(guard::Members::kLan, "198.51.100.7", kLoopback))
      << "this machine, whatever its address";
  EXPECT_TRUE(may_come(guard::Members::kLan, "203.0.113.9", kLan))
      << "trusted by the configuration";
  EXPECT_TRUE(may_come(guard::Members::kAll, "198.51.100.7", kLan));
}

std::string why(server::MemberWorld& world, server::MemberLink& link) {
  for (const auto& event : world.told(link)) {
    if (event.refused().why() == proto::Refused::OUTSIDE) return event.refused().words();
  }
  return "";
}

TEST(AMemberFromElsewhere, IsToldWhyItIsNotAdmitted) {
  server::MemberWorld world;
  world.entry = Entry::kNotFromHere;
  auto& link = world.connect();
  ASSERT_TRUE(link.closed());
  EXPECT_EQ(link.closed()->why, "not from here");
  EXPECT_NE(why(world, link).find("from its own networks only"), std::string::npos);
}

TEST(AMemberFromElsewhere, IsToldSoAtItsLoginToo) {
  server::MemberWorld world;
  auto& link = world.connect();
  const auto login = server::login_by(KeyPair(1), world.login_to(link), "ana");
  world.entry = Entry::kNotFromHere;
  world.hear(link, login);
  ASSERT_TRUE(link.closed());
  EXPECT_NE(why(world, link), "");
  EXPECT_EQ(world.hub.online(), 0U);
}

TEST(AMemberFromElsewhere, IsNotAdmittedWhereItMovesThere) {
  server::MemberWorld world;
  auto& ana = world.come(1, "ana");
  world.entry = Entry::kNotFromHere;
  ana.pipe.move(ana.end().peer(), world.now);
  ASSERT_TRUE(ana.closed());
  EXPECT_EQ(ana.closed()->why, "not from here");
}

class AServer : public testing::Test {
 protected:
  app::ServeOptions with(const std::string& text, app::ServeFlags flags = {},
                         bool in_container = false) {
    std::ofstream(path_) << text;
    flags.config = path_;
    const auto options = resolve(flags, app::default_options(in_container));
    EXPECT_TRUE(options) << options.error().sentence;
    return options.value_or(app::ServeOptions{});
  }
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "options.toml";
};

TEST_F(AServer, AdmitsMembersFromWhereItAdmitsGuestsUnlessItIsToldOtherwise) {
  using enum guard::Members;
  EXPECT_EQ(with("").guard.members, kLan);
  EXPECT_EQ(with("", {}, true).guard.members, kAll) << "in a container";
  EXPECT_EQ(with("[guard]\nguests = 'all'\n").guard.members, kAll);
  EXPECT_EQ(with("[guard]\nguests = 'none'\n").guard.members, kLan);
  EXPECT_EQ(with("[members]\nfrom = 'all'\n").guard.members, kAll);
  EXPECT_EQ(with("[guard]\nguests = 'all'\n[members]\nfrom = 'lan'\n").guard.members, kLan);
  app::ServeFlags flags;
  flags.members = "all";
  EXPECT_EQ(with("[members]\nfrom = 'lan'\n", flags).guard.members, kAll);
}

TEST_F(AServer, SaysWhoMayEnterByEachDoor) {
  EXPECT_EQ(who_may_enter(with("")),
            "guests from the local networks; members from the local networks");
  EXPECT_EQ(who_may_enter(with("[guard]\nguests = 'all'\n")),
            "guests from everywhere, public addresses by a code; members from everywhere");
  EXPECT_EQ(who_may_enter(with("[guard]\nguests = 'none'\n[members]\nadmitted = false\n")),
            "no guests; no members");
}

}  // namespace
}  // namespace palabre
