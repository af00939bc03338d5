#include <gtest/gtest.h>

#include <string>

#include "base/base64.h"
#include "chat/registry.h"
#include "wire/names.h"
#include "wire/record.h"

namespace palabre::chat {
namespace {

MemberKey key(std::uint8_t of) {
  MemberKey key;
  key.bytes.fill(of);
  return key;
}

/// As a version bound it whose rules gave it this look.
NickBound bound(std::uint8_t member, const std::string& nick, const std::string& look) {
  const std::vector<std::uint8_t> bytes(look.begin(), look.end());
  const auto record = wire::parse_record("member " + to_base64(key(member).bytes) + " " + nick +
                                         " " + to_base64(bytes));
  return std::get<NickBound>(record.value());
}

Nick nick(const char* text) { return *wire::parse_nick(text); }

TEST(ANickname, IsKeptWithWhatItLooksLike) {
  const Record record = NickBound{key(1), nick("Ana")};
  EXPECT_EQ(wire::parse_record(wire::to_line(record)), record);
  EXPECT_EQ(bound(1, "Ana", nick("Ana").key).look_now, "");
  EXPECT_EQ(bound(1, "Ana", "another").nick.key, "another");
  EXPECT_EQ(bound(1, "Ana", "another").look_now, nick("Ana").key);
}

TEST(ANickname, StaysWhoseItWasWhereTheRulesHaveChanged) {
  Registry registry;
  EXPECT_TRUE(registry.apply(bound(1, "ana", "before")));
  EXPECT_EQ(registry.nick_of(key(1))->shown, "ana");
  for (const auto* name : {"ana", "Ana", "\u0430na"}) {
    EXPECT_EQ(registry.owner_of(nick(name)), key(1)) << name;
  }
  EXPECT_EQ(registry.binding(key(2), nick("ana")), Registry::Binding::kTaken);
  EXPECT_TRUE(registry.disputes().empty());
}

TEST(ANickname, IsNobodyElsesWhereTwoHaveBecomeAlike) {
  // Either may have come first, and either may have been bound by other rules.
  for (const bool other_first : {false, true}) {
    Registry registry;
    const NickBound ana = bound(1, "ana", "before");
    const NickBound bob = bound(2, "An\u0430", nick("ana").key);
    EXPECT_TRUE(registry.apply(other_first ? bob : ana));
    EXPECT_TRUE(registry.apply(other_first ? ana : bob));
    EXPECT_EQ(registry.nick_of(key(1))->shown, "ana");
    EXPECT_EQ(registry.nick_of(key(2))->shown, "An\u0430");
    EXPECT_EQ(registry.owner_of(nick("ana")), key(1)) << "as it is written";
    EXPECT_EQ(registry.owner_of(nick("An\u0430")), key(2));
    ASSERT_EQ(registry.disputes().size(), 1U);
    EXPECT_FALSE(registry.disputes()[0].is_lost);
  }
}

TEST(ANickname, ThatIsLostToAnotherIsSaidToBe) {
  Registry registry;
  registry.apply(*wire::parse_record("member " + to_base64(key(1).bytes) + " ana"));
  registry.apply(*wire::parse_record("member " + to_base64(key(2).bytes) + " \u0430na"));
  ASSERT_EQ(registry.disputes().size(), 1U);
  EXPECT_TRUE(registry.disputes()[0].is_lost);
  EXPECT_EQ(registry.disputes()[0].bound.key, key(2));
  EXPECT_EQ(registry.disputes()[0].other, key(1));
  EXPECT_FALSE(registry.nick_of(key(2)));
}

TEST(AnAdmission, ThatLetsNobodyInIsCounted) {
  Registry registry;
  registry.apply(InviteUsed{{}, key(1)});
  EXPECT_EQ(registry.idle_admissions(), 1U);
  registry.apply(InviteMade{{}, {"ops"}, {}, 1});
  registry.apply(InviteUsed{{}, key(1)});
  registry.apply(InviteUsed{{}, key(1)});
  EXPECT_EQ(registry.idle_admissions(), 1U) << "it is in already";
}

}  // namespace
}  // namespace palabre::chat
