#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "chat/hub.h"
#include "drivers/hub_driver.h"
#include "wire/invite.h"
#include "wire/record.h"

// An invite can be taken back, by an operator or because its link was lost before anybody read it.

namespace palabre::chat {
namespace {

const RoomName kOps{"ops"};

struct Invited : HubTestDriver, testing::Test {
  Invited() : HubTestDriver({}, {}, Access{.by_invitation = {kOps}, .reserved_nicks = {}}) {
    for (std::uint8_t member = 1; member <= 3; ++member) {
      log_in(member, member, std::string("m") + static_cast<char>('0' + member));
    }
    hash.bytes.fill(7);
    operate(MakeInvite{{hash, kOps, {}, 5}});
  }
  NotInvited::Why why(std::uint64_t session) {
    return std::get<NotInvited>(told<Refused>(session).refusal).why;
  }

  InviteHash hash;
};

TEST_F(Invited, NobodyMoreIsLetInByIt) {
  enter(1, kOps, {}, hash);
  EXPECT_EQ(told<Joined>(1).name, "ops");
  operate(RevokeInvite{hash, wire::kInviteIdBytes});
  EXPECT_TRUE(std::holds_alternative<Done>(answers.back()));
  enter(2, kOps, {}, hash);
  EXPECT_EQ(why(2), NotInvited::Why::kRevoked);
  ask(1, Leave{kOps});
  enter(1, kOps);
  EXPECT_EQ(told<Joined>(1).name, "ops") << "who was let in stays";
  operate(RevokeInvite{hash});
  EXPECT_TRUE(std::holds_alternative<Done>(answers.back())) << "it is so already";
  operate(MakeInvite{{hash, kOps, {}, 5}});
  enter(2, kOps, {}, hash);
  EXPECT_EQ(why(2), NotInvited::Why::kRevoked) << "the log is read again at each start";
}

TEST_F(Invited, WhoIsOnTheWayInIsToldThatItWasTakenBack) {
  keeps_at_once = false;
  operate(RevokeInvite{hash});
  enter(2, kOps, {}, hash);
  keep_records();
  EXPECT_EQ(why(2), NotInvited::Why::kRevoked);
}

TEST_F(Invited, OneThatThereIsNotIsSaidToBeNone) {
  InviteHash other = hash;
  other.bytes[0] = 8;
  operate(RevokeInvite{other, wire::kInviteIdBytes});
  const auto* const refused = std::get_if<Refused>(&answers.back());
  ASSERT_TRUE(refused);
  EXPECT_TRUE(std::holds_alternative<NoSuchInvite>(refused->refusal));
}

TEST_F(Invited, ABeginningThatSeveralHaveNamesNone) {
  InviteHash other = hash;
  other.bytes.back() = 8;
  operate(MakeInvite{{other, kOps, {}, 1}});
  operate(RevokeInvite{hash, wire::kInviteIdBytes});
  EXPECT_TRUE(std::holds_alternative<Refused>(answers.back()));
  operate(RevokeInvite{hash});
  EXPECT_TRUE(std::holds_alternative<Done>(answers.back())) << "its whole hash is its own";
}

TEST_F(Invited, ItIsALineOfTheRegistry) {
  const Record record = InviteRevoked{hash};
  EXPECT_EQ(wire::parse_record(wire::to_line(record)), record);
}

TEST_F(Invited, ItIsNamedByTheBeginningOfItsHash) {
  EXPECT_EQ(wire::invite_id(hash), "070707070707");
  const auto beginning = wire::parse_invite_id("0707070707ff");
  ASSERT_TRUE(beginning);
  EXPECT_EQ(beginning->bytes[5], 255);
  EXPECT_EQ(beginning->bytes[6], 0);
  for (const char* text : {"", "07", "07070707070g", "+70707070707", "0707070707070707"}) {
    EXPECT_FALSE(wire::parse_invite_id(text)) << text;
  }
}

TEST_F(Invited, TheLogIsToldWhoComesInAndByWhichInvite) {
  ASSERT_EQ(noted.size(), 3U);
  EXPECT_EQ(noted[0].what, Noted::What::kNewMember);
  EXPECT_EQ(noted[0].nick, "m1");
  EXPECT_EQ(noted[0].key, key_of(1));
  EXPECT_EQ(noted[0].address, address_of(1));
  enter(1, kOps, {}, hash);
  ASSERT_EQ(noted.size(), 4U);
  EXPECT_EQ(noted[3].what, Noted::What::kAdmitted);
  EXPECT_EQ(noted[3].room, kOps);
  EXPECT_EQ(noted[3].invite, hash);
  EXPECT_EQ(noted[3].address, address_of(1));
  ask(1, Leave{kOps});
  enter(1, kOps, {}, hash);
  EXPECT_EQ(noted.size(), 4U) << "it was let in before";
  nick(2, "another");
  ASSERT_EQ(noted.size(), 5U);
  EXPECT_EQ(noted[4].what, Noted::What::kRenamed);
  EXPECT_EQ(noted[4].nick, "another");
}

TEST(Noted, NothingOfWhatTheRegistryHadBefore) {
  HubTestDriver world{HubTestDriver::Starting{}};
  world.handle(RecordKept{NickBound{HubTestDriver::key_of(1), {"ana", "ana"}}});
  world.handle(RegistryRead{});
  EXPECT_TRUE(world.noted.empty());
}

}  // namespace
}  // namespace palabre::chat
