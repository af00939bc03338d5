#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

const RoomName kOps{"ops"};

/// A server whose members come as its rule says; sessions and members have the same numbers.
class Registering : public HubTestDriver {
 public:
  explicit Registering(Registration rule, const Limits& limits = {})
      : HubTestDriver(limits, {.promise = {.kept = true}, .memory_rooms = {}},
                      {.by_invitation = {kOps}, .registration = rule}) {}

  InviteHash invite(std::uint32_t uses, const RoomName& room = kOps) {
    InviteHash hash;
    hash.bytes.fill(++invites_);
    operate(MakeInvite{{hash, room, {}, uses}});
    return hash;
  }
  void come(std::uint8_t member, const std::string& nick, std::optional<InviteHash> invite = {},
            const std::string& ip = "127.0.0.1", Reach reach = Reach::kLoopback) {
    Identity identity{address_of(member), key_of(member), *Ip::parse(ip), reach,
                      reach == Reach::kLoopback};
    std::optional<Nick> wanted;
    if (!nick.empty()) wanted = Nick{nick, nick};
    handle(Arrive{SessionId{member}, std::move(identity), kMember, wanted, {}, {}, {}, invite});
  }
  void come_from(std::uint8_t member, const std::string& ip) {
    come(member, "m" + std::to_string(member), {}, ip, Reach::kPublic);
  }
  bool is_in(std::uint64_t session) {
    return !events[session].empty() && std::holds_alternative<LoggedIn>(events[session].back());
  }

 private:
  std::uint8_t invites_ = 0;
};

TEST(Registration, ByInvitationUsesTheInviteOnceForTheKey) {
  Registering world(Registration::kInvited);
  world.come(1, "ana");
  EXPECT_TRUE(world.refused<NotRegistered>(1));
  const InviteHash once = world.invite(1);
  world.come(1, "ana", once);
  ASSERT_TRUE(world.is_in(1));
  world.enter(1, kOps);
  EXPECT_TRUE(std::holds_alternative<Joined>(world.events[1].back())) << "it is admitted already";
  world.come(2, "bob", once);
  EXPECT_TRUE(world.refused<NotRegistered>(2)) << "one use is one member";
  world.come(3, "eve", InviteHash{});
  EXPECT_TRUE(world.refused<NotRegistered>(3));
}

TEST(Registration, ByInvitationKeepsTheInviteForAnotherNicknameIfTheFirstIsTaken) {
  Registering world(Registration::kInvited);
  world.come(1, "ana", world.invite(1));
  const InviteHash once = world.invite(1);
  world.come(2, "ana", once);
  EXPECT_TRUE(world.refused<NickInUse>(2));
  world.come(2, "bob", once);
  EXPECT_TRUE(world.is_in(2));
}

TEST(Registration, OfApprovedKeysIsForThoseAlone) {
  Registering world(Registration::kApproved);
  world.come(1, "ana");
  ASSERT_TRUE(world.refused<NotRegistered>(1));
  world.operate(Order{.verb = Order::Verb::kApprove, .whom = Target{HubTestDriver::key_of(1)}});
  world.come(1, "ana");
  EXPECT_TRUE(world.is_in(1));
  world.come(2, "bob", world.invite(1));
  EXPECT_TRUE(world.refused<NotRegistered>(2)) << "an invite is no approval";
}

TEST(Registration, ThatIsClosedLetsMembersIn) {
  Registering before(Registration::kOpen);
  before.come(1, "ana");
  HubTestDriver now{HubTestDriver::Starting{}, {}, {}, {.registration = Registration::kClosed}};
  now.read_registry_of(before);
  now.log_in(1, 1);
  EXPECT_EQ(now.told<LoggedIn>(1).nick, "ana");
  now.log_in(2, 2, "bob");
  EXPECT_TRUE(now.refused<NotRegistered>(2));
}

TEST(Registration, FromOneAddressHasAPaceThatARestartDoesNotReset) {
  Registering before(Registration::kOpen);
  for (std::uint8_t member = 1; member <= 60; ++member) before.come_from(member, "192.0.2.1");
  before.come_from(61, "192.0.2.1");
  EXPECT_TRUE(before.refused<TooMuchTaken>(61));
  HubTestDriver restarted{HubTestDriver::Starting{}};
  restarted.wall = before.wall;
  restarted.handle(WallClock{before.wall});
  restarted.read_registry_of(before);
  restarted.handle(
      Arrive{SessionId{61},
             {"", HubTestDriver::key_of(61), *Ip::parse("192.0.2.1"), Reach::kPublic, false},
             HubTestDriver::kMember,
             Nick{"m61", "m61"}});
  EXPECT_TRUE(restarted.refused<TooMuchTaken>(61));
}

/// Eight days pass, with nobody online.
void be_away(HubTestDriver& world) {
  for (const auto& one : world.hub.list(world.now)) world.handle(HungUp{one.session});
  world.wall.microseconds += std::chrono::microseconds(std::chrono::days(8)).count();
  world.handle(WallClock{world.wall});
}

TEST(Trial, OfAStrangerEndsWithItsFirstWordOrItsPlace) {
  Registering world(Registration::kOpen);
  for (std::uint8_t member = 1; member <= 2; ++member) world.come_from(member, "192.0.2.1");
  world.come(3, "m3");
  const RoomName lobby{std::string(kLobby)};
  world.enter(1, lobby);
  world.say_in(1, lobby, "hello");
  be_away(world);
  EXPECT_EQ(world.hub.registry().members(), 2U);
  EXPECT_TRUE(world.hub.registry().nick_of(HubTestDriver::key_of(1))) << "it has spoken";
  EXPECT_TRUE(world.hub.registry().nick_of(HubTestDriver::key_of(3))) << "it is no stranger";
  world.come(4, "m2", {}, "192.0.2.9", Reach::kPublic);
  EXPECT_TRUE(world.is_in(4)) << "the nickname is free again";
}

TEST(Trial, GoesOnWhileTheMemberIsThere) {
  Registering world(Registration::kOpen);
  world.come_from(1, "192.0.2.1");
  world.wall.microseconds += std::chrono::microseconds(std::chrono::days(8)).count();
  world.handle(WallClock{world.wall});
  EXPECT_EQ(world.hub.registry().members(), 1U);
  be_away(world);
  EXPECT_EQ(world.hub.registry().members(), 0U);
}

TEST(Trial, IsTheSameAfterARestart) {
  Registering before(Registration::kOpen);
  for (std::uint8_t member = 1; member <= 3; ++member) before.come_from(member, "192.0.2.1");
  const RoomName lobby{std::string(kLobby)};
  before.enter(1, lobby);
  before.say_in(1, lobby, "hello");
  before.enter(2, kOps, {}, before.invite(1));
  HubTestDriver now{HubTestDriver::Starting{}};
  now.wall = before.wall;
  now.read_registry_of(before);
  be_away(now);
  EXPECT_TRUE(now.hub.registry().nick_of(HubTestDriver::key_of(1)));
  EXPECT_TRUE(now.hub.registry().nick_of(HubTestDriver::key_of(2))) << "it was let into a room";
  EXPECT_FALSE(now.hub.registry().nick_of(HubTestDriver::key_of(3)));
}

TEST(Trial, OfAMemberThatComesWhileItIsForgottenBeginsAnew) {
  Registering world(Registration::kOpen);
  world.come_from(1, "192.0.2.1");
  world.keeps_at_once = false;
  be_away(world);
  world.come_from(1, "192.0.2.1");
  ASSERT_TRUE(world.is_in(1));
  world.keep_records();
  EXPECT_EQ(world.gone.back(), 1U) << "it comes again, as a new member";
  EXPECT_EQ(world.hub.registry().members(), 0U);
}

TEST(Budget, OfRoomsIsOfEachMember) {
  Registering world(Registration::kOpen);
  world.come_from(1, "192.0.2.1");
  std::size_t opened = 0;
  for (; opened < 100 && !world.refused<TooMuchTaken>(1); ++opened) {
    const RoomName room{"room" + std::to_string(opened)};
    world.enter(1, room);
    if (!world.refused<TooMuchTaken>(1)) world.ask(1, Leave{room});
  }
  EXPECT_EQ(opened, 31U);
  world.come_from(2, "192.0.2.2");
  world.enter(2, RoomName{"mine"});
  EXPECT_TRUE(std::holds_alternative<Joined>(world.events[2].back()));
}

TEST(Budget, OfKeptRoomsIsPaidOnceForARoom) {
  Registering world(Registration::kOpen);
  world.come_from(1, "192.0.2.1");
  for (int i = 0; i < 12; ++i) {
    const RoomName room{"room" + std::to_string(i)};
    world.enter(1, room);
    world.say_in(1, room, "first", "a" + std::to_string(i));
    EXPECT_EQ(world.refused<TooMuchTaken>(1), i >= 10);
    world.say_in(1, room, "second", "b" + std::to_string(i));
    EXPECT_EQ(world.refused<TooMuchTaken>(1), i >= 10);
  }
}

}  // namespace
}  // namespace palabre::chat
