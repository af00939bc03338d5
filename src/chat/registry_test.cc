#include "chat/registry.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace palabre::chat {
namespace {

using Proposed = Registry::Proposed;
using Binding = Registry::Binding;
using What = Registry::InviteCheck::What;

MemberKey member(std::uint8_t which) { return {{which}}; }
InviteHash invite(std::uint8_t which) { return {{which}}; }
Nick nick(const std::string& shown) { return {shown, shown}; }
WallTime at(std::int64_t seconds) { return {seconds * 1'000'000}; }

const MemberKey kAna = member(1);
const MemberKey kBob = member(2);
const MemberKey kEve = member(3);
const RoomName kOps{"ops"};

class RegistryTest : public testing::Test {
 protected:
  /// The sequence when the disk works.
  Proposed keep(const Record& record) {
    const Proposed proposed = registry.propose(record);
    if (proposed == Proposed::kReserved) registry.apply(record);
    return proposed;
  }
  What check(std::uint8_t hash, const MemberKey& key, std::int64_t now = 1) const {
    return registry.check_invite(invite(hash), key, at(now)).what;
  }
  std::string shown(const MemberKey& key) const {
    const auto found = registry.nick_of(key);
    return found ? found->shown : "";
  }

  Registry registry;
};

TEST_F(RegistryTest, GivesANickToWhoBindsItFirstAndToNobodyElse) {
  EXPECT_EQ(keep(NickBound{kAna, nick("ana")}), Proposed::kReserved);
  EXPECT_EQ(shown(kAna), "ana");
  EXPECT_EQ(registry.owner_of("ana"), kAna);
  EXPECT_EQ(registry.binding(kEve, nick("ana")), Binding::kTaken);
  EXPECT_EQ(keep(NickBound{kEve, {"ANA", "ana"}}), Proposed::kRefused);
  EXPECT_EQ(keep(NickBound{kAna, nick("ana")}), Proposed::kHolds);
  EXPECT_EQ(keep(NickBound{kAna, {"Ana", "ana"}}), Proposed::kReserved) << "in another spelling";
  EXPECT_EQ(shown(kAna), "Ana");
  EXPECT_FALSE(registry.nick_of(kEve));
}

TEST_F(RegistryTest, ThawsARoomWhoseFreezeIsNotKeptYet) {
  const Record freeze = RoomFact{kOps, Frozen{true}};
  const Record thaw = RoomFact{kOps, Frozen{false}};
  EXPECT_EQ(registry.propose(thaw), Proposed::kHolds);
  EXPECT_EQ(registry.propose(freeze), Proposed::kReserved);
  EXPECT_EQ(registry.propose(thaw), Proposed::kReserved)
      << "else the freeze would be the last record";
  registry.apply(freeze);
  registry.apply(thaw);
  EXPECT_EQ(registry.propose(thaw), Proposed::kHolds);
}

TEST_F(RegistryTest, HasAnEndOfTopicsThatLeavesRoomForFreezes) {
  const auto room = [](std::size_t number) { return RoomName{"r" + std::to_string(number)}; };
  for (std::size_t i = 0; i < Topic::kMostRooms; ++i) {
    ASSERT_EQ(keep(RoomFact{room(i), Topic{"x", "eve*"}}), Proposed::kReserved);
  }
  EXPECT_EQ(keep(RoomFact{kOps, Topic{"x", "eve*"}}), Proposed::kRefused);
  EXPECT_EQ(keep(RoomFact{kOps, Frozen{true}}), Proposed::kReserved);
  EXPECT_EQ(keep(RoomFact{room(0), Topic{"y", "ana"}}), Proposed::kReserved) << "it has one";
  EXPECT_EQ(keep(RoomFact{room(0), Topic{"", "ana"}}), Proposed::kReserved);
  EXPECT_EQ(keep(RoomFact{kOps, Topic{"x", "eve*"}}), Proposed::kReserved) << "there is room now";
  EXPECT_TRUE(registry.facts_of(kOps).frozen);
}

TEST_F(RegistryTest, GivesANickToOneOfTwoWhoAskBeforeItIsKept) {
  const Record of_ana = NickBound{kAna, nick("x")};
  EXPECT_EQ(registry.propose(of_ana), Proposed::kReserved);
  EXPECT_EQ(registry.propose(NickBound{kBob, nick("x")}), Proposed::kRefused);
  EXPECT_EQ(registry.owner_of("x"), kAna) << "reserved, so no guest takes it";
  EXPECT_FALSE(registry.nick_of(kAna)) << "not before it is kept";
  registry.withdraw(of_ana);
  EXPECT_FALSE(registry.owner_of("x"));
  EXPECT_EQ(keep(NickBound{kBob, nick("x")}), Proposed::kReserved);
  EXPECT_EQ(shown(kBob), "x");
}

TEST_F(RegistryTest, KeepsAReservationUntilTheLastOfItsOwnersSessionsIsAnswered) {
  const Record twice = NickBound{kAna, nick("x")};
  EXPECT_EQ(registry.propose(twice), Proposed::kReserved);
  EXPECT_EQ(registry.propose(twice), Proposed::kReserved);
  registry.withdraw(twice);
  EXPECT_FALSE(registry.may_bind(kBob, nick("x")));
  EXPECT_TRUE(registry.apply(twice));
  EXPECT_EQ(shown(kAna), "x");
}

TEST_F(RegistryTest, ShowsTheLastOfFourNicksAndKeepsAllFour) {
  for (const char* name : {"a", "b", "c"}) keep(NickBound{kAna, nick(name)});
  const Record fourth = NickBound{kAna, nick("d")};
  EXPECT_EQ(registry.propose(fourth), Proposed::kReserved);
  EXPECT_EQ(registry.binding(kAna, nick("e")), Binding::kTooMany) << "reservations count";
  registry.apply(fourth);
  EXPECT_EQ(registry.binding(kAna, nick("e")), Binding::kTooMany);
  EXPECT_EQ(shown(kAna), "d");
  EXPECT_EQ(keep(NickBound{kAna, nick("b")}), Proposed::kReserved) << "the member's own, again";
  EXPECT_EQ(shown(kAna), "b");
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_EQ(registry.owner_of(name), kAna) << name;
}

TEST_F(RegistryTest, AdmitsWithAnInviteAndForGood) {
  keep(InviteMade{invite(1), kOps, {100}, 1});
  EXPECT_FALSE(registry.is_admitted(kAna, kOps));
  EXPECT_EQ(registry.check_invite(invite(1), kAna, at(1)).room, kOps);
  EXPECT_EQ(check(1, kAna, 99), What::kGood);
  EXPECT_EQ(check(1, kAna, 100), What::kExpired);
  EXPECT_EQ(check(9, kAna), What::kUnknown);
  EXPECT_EQ(keep(InviteUsed{invite(1), kAna}), Proposed::kReserved);
  EXPECT_TRUE(registry.is_admitted(kAna, kOps));
  EXPECT_FALSE(registry.is_admitted(kAna, {"lobby"}));
  EXPECT_EQ(check(1, kAna, 1000), What::kAdmitted) << "though it has expired since";
  EXPECT_EQ(check(1, kBob), What::kSpent);
  EXPECT_EQ(keep(InviteUsed{invite(1), kBob}), Proposed::kRefused);
  keep(InviteMade{invite(2), kOps, {7}, 1});
  EXPECT_EQ(check(2, kBob, 6), What::kGood);
  EXPECT_EQ(check(2, kBob, 7), What::kExpired);
  keep(InviteMade{invite(3), kOps, {}, 1});
  EXPECT_EQ(check(3, kBob, 1'000'000'000), What::kGood) << "at any time";
}

TEST_F(RegistryTest, RefusesAnExpulsionThatHasNoPlace) {
  Registry small(Registry::Limits{.expulsions = 2});
  const auto expel = [&](const MemberKey& whom, std::optional<MemberKey> by) {
    const Record record = Decision{Expel{kOps, whom}, by};
    const Proposed proposed = small.propose(record);
    if (proposed == Proposed::kReserved) small.apply(record, {9});
    return proposed;
  };
  EXPECT_EQ(expel(kAna, kEve), Proposed::kReserved);
  EXPECT_EQ(expel(kBob, kEve), Proposed::kRefused) << "operators of rooms have half";
  EXPECT_EQ(expel(kBob, {}), Proposed::kReserved);
  EXPECT_EQ(expel(kEve, {}), Proposed::kRefused);
  EXPECT_EQ(expel(kAna, kEve), Proposed::kReserved) << "it has its place";
  small.apply(InviteMade{invite(1), kOps, {}, 1}, {10});
  small.apply(InviteUsed{invite(1), kAna}, {11});
  EXPECT_EQ(expel(kEve, {}), Proposed::kReserved) << "who was invited again needs none";
}

TEST_F(RegistryTest, UsesNothingUpForWhoIsAdmittedAlready) {
  keep(InviteMade{invite(1), kOps, {}, 1});
  keep(InviteMade{invite(2), kOps, {}, 1});
  keep(InviteUsed{invite(1), kAna});
  EXPECT_EQ(check(2, kAna), What::kAdmitted);
  EXPECT_EQ(keep(InviteUsed{invite(2), kAna}), Proposed::kHolds);
  EXPECT_FALSE(registry.apply(InviteUsed{invite(2), kAna})) << "from the log";
  EXPECT_EQ(check(2, kBob), What::kGood);
}

TEST_F(RegistryTest, LetsOneOfTwoHaveTheLastUseBeforeItIsKept) {
  keep(InviteMade{invite(1), kOps, {}, 2});
  keep(InviteUsed{invite(1), kEve});
  const Record by_ana = InviteUsed{invite(1), kAna};
  EXPECT_EQ(registry.propose(by_ana), Proposed::kReserved);
  EXPECT_EQ(registry.propose(by_ana), Proposed::kReserved) << "from another session of hers";
  EXPECT_EQ(check(1, kBob), What::kSpent);
  EXPECT_EQ(registry.propose(InviteUsed{invite(1), kBob}), Proposed::kRefused);
  registry.withdraw(by_ana);
  EXPECT_EQ(check(1, kBob), What::kSpent);
  registry.withdraw(by_ana);
  EXPECT_EQ(keep(InviteUsed{invite(1), kBob}), Proposed::kReserved);
  EXPECT_EQ(check(1, kAna), What::kSpent);
}

TEST_F(RegistryTest, MakesNoInviteTwiceNorForNobody) {
  const InviteMade made{invite(1), kOps, {}, 1};
  EXPECT_EQ(keep(made), Proposed::kReserved);
  keep(InviteUsed{invite(1), kAna});
  EXPECT_EQ(keep(made), Proposed::kHolds);
  EXPECT_FALSE(registry.apply(made));
  EXPECT_EQ(check(1, kBob), What::kSpent);
  EXPECT_EQ(keep(InviteMade{invite(2), kOps, {}, 0}), Proposed::kRefused);
}

TEST_F(RegistryTest, KnowsADirectRoomFromBothSides) {
  EXPECT_EQ(keep(DirectOpened{kAna, kBob}), Proposed::kReserved);
  EXPECT_EQ(keep(DirectOpened{kBob, kAna}), Proposed::kHolds);
  keep(DirectOpened{kEve, kAna});
  EXPECT_EQ(registry.direct_rooms_of(kAna), (std::vector<MemberKey>{kBob, kEve}))
      << "rooms that the member opened come first";
  EXPECT_EQ(registry.direct_rooms_of(kBob), (std::vector<MemberKey>{kAna}));
  EXPECT_EQ(keep(DirectOpened{kAna, kAna}), Proposed::kRefused);
  EXPECT_TRUE(registry.direct_rooms_of(member(9)).empty());
}

TEST_F(RegistryTest, OpensADirectRoomOnceBothHaveAskedForIt) {
  using Direct = Registry::Direct;
  EXPECT_EQ(keep(DirectOpened{kAna, kBob, true}), Proposed::kReserved);
  EXPECT_EQ(keep(DirectOpened{kAna, kBob, true}), Proposed::kHolds);
  EXPECT_EQ(registry.direct(kAna, kBob), Direct::kAsks);
  EXPECT_EQ(registry.direct(kBob, kAna), Direct::kIsAsked);
  EXPECT_EQ(registry.requests_to(kBob), std::vector{kAna});
  EXPECT_EQ(registry.direct_rooms_of(kBob), std::vector<MemberKey>{});
  EXPECT_EQ(registry.direct_rooms_of(kAna), std::vector{kBob});
  EXPECT_EQ(keep(DirectOpened{kBob, kAna, true}), Proposed::kReserved);
  EXPECT_EQ(registry.direct(kAna, kBob), Direct::kOpen);
  EXPECT_EQ(registry.direct(kBob, kAna), Direct::kOpen);
  EXPECT_EQ(keep(DirectOpened{kAna, kBob, true}), Proposed::kHolds);
  EXPECT_TRUE(registry.requests_to(kBob).empty());
}

TEST_F(RegistryTest, OpensADirectRoomForBothWhereTheRecordIsFromBeforeThereWereRequests) {
  registry.apply(DirectOpened{kAna, kBob});
  EXPECT_EQ(registry.direct(kBob, kAna), Registry::Direct::kOpen);
}

TEST_F(RegistryTest, IgnoresRecordsThatCannotBe) {
  EXPECT_FALSE(registry.apply(InviteUsed{invite(1), kAna}));
  EXPECT_TRUE(registry.apply(NickBound{kAna, nick("x")}));
  EXPECT_FALSE(registry.apply(NickBound{kBob, nick("x")}));
  EXPECT_FALSE(registry.apply(DirectOpened{kAna, kAna}));
  EXPECT_EQ(registry.owner_of("x"), kAna);
  registry.withdraw(NickBound{kBob, nick("x")});
  registry.withdraw(DirectOpened{kBob, kAna});
  EXPECT_EQ(registry.owner_of("x"), kAna);
}

TEST(RegistryLimits, AreForWhatIsProposedAndNotForWhatWasKept) {
  Registry registry(Registry::Limits{
      .members = 2, .invites = 2, .admissions = 2, .admissions_of_member = 1, .directs = 1});
  const auto apply = [&](const Record& record) { return registry.apply(record); };
  EXPECT_TRUE(apply(NickBound{kAna, nick("a")}));
  EXPECT_EQ(registry.propose(NickBound{kBob, nick("b")}), Proposed::kReserved);
  EXPECT_EQ(registry.binding(kEve, nick("e")), Binding::kFull);
  EXPECT_EQ(registry.propose(NickBound{kAna, nick("aa")}), Proposed::kReserved);
  EXPECT_TRUE(apply(NickBound{kBob, nick("b")}));
  EXPECT_TRUE(apply(NickBound{kEve, nick("e")})) << "it is in the log";
  EXPECT_EQ(registry.members(), 3U);

  apply(InviteMade{invite(1), {"r"}, {}, 9});
  apply(InviteMade{invite(2), {"r"}, {}, 9});
  EXPECT_EQ(registry.propose(InviteMade{invite(3), kOps, {}, 1}), Proposed::kRefused);
  apply(InviteMade{invite(3), kOps, {}, 9});
  apply(InviteUsed{invite(1), kAna});
  EXPECT_EQ(registry.check_invite(invite(3), kAna, at(1)).what, What::kFull) << "of one member";
  apply(InviteUsed{invite(1), kBob});
  EXPECT_EQ(registry.check_invite(invite(3), kEve, at(1)).what, What::kFull) << "of all";

  EXPECT_EQ(registry.propose(DirectOpened{kAna, kBob}), Proposed::kReserved);
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kEve}), Proposed::kRefused);
}

TEST(RegistryLimits, OfRoomsForTwoAreForWhoOpensThem) {
  Registry registry(Registry::Limits{.directs_of_member = 2, .directs_with_member = 3});
  const auto keep = [&](const Record& record) {
    const Proposed proposed = registry.propose(record);
    if (proposed == Proposed::kReserved) registry.apply(record);
    return proposed;
  };
  for (std::uint8_t stranger = 10; stranger < 13; ++stranger) {
    EXPECT_EQ(keep(DirectOpened{member(stranger), kAna}), Proposed::kReserved);
  }
  EXPECT_EQ(keep(DirectOpened{member(13), kAna}), Proposed::kRefused);
  EXPECT_EQ(keep(DirectOpened{kAna, kBob}), Proposed::kReserved) << "her own limit is not used up";
  EXPECT_EQ(keep(DirectOpened{kAna, kEve}), Proposed::kReserved);
  EXPECT_EQ(keep(DirectOpened{kAna, member(13)}), Proposed::kRefused);
}

TEST(RegistryLimits, OfRequestsEndWithThoseThatAreAccepted) {
  Registry registry(Registry::Limits{.requests_of_member = 2});
  const auto ask = [&](const MemberKey& by, const MemberKey& whom) {
    const Proposed proposed = registry.propose(DirectOpened{by, whom, true});
    if (proposed == Proposed::kReserved) registry.apply(DirectOpened{by, whom, true});
    return proposed;
  };
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kEve, true}), Proposed::kReserved);
  EXPECT_EQ(ask(kAna, kBob), Proposed::kReserved);
  EXPECT_EQ(ask(kAna, member(9)), Proposed::kRefused) << "one is not kept yet";
  EXPECT_EQ(ask(kBob, kAna), Proposed::kReserved);
  EXPECT_EQ(ask(kAna, member(9)), Proposed::kReserved);
  EXPECT_EQ(ask(kAna, member(10)), Proposed::kRefused);
  EXPECT_EQ(ask(member(11), kAna), Proposed::kReserved) << "others' requests are not counted";
}

TEST(RegistryLimits, OfBlocksAreForEachMember) {
  Registry registry(Registry::Limits{.blocks_of_member = 2});
  EXPECT_EQ(registry.propose(Blocked{kAna, kBob}), Proposed::kReserved);
  registry.apply(Blocked{kAna, kBob});
  EXPECT_EQ(registry.propose(Blocked{kAna, kBob}), Proposed::kHolds);
  EXPECT_EQ(registry.propose(Blocked{kAna, kEve}), Proposed::kReserved);
  EXPECT_EQ(registry.propose(Blocked{kAna, member(9)}), Proposed::kRefused);
  EXPECT_EQ(registry.propose(Blocked{kEve, kAna}), Proposed::kReserved);
  registry.withdraw(Blocked{kAna, kEve});
  EXPECT_EQ(registry.propose(Blocked{kAna, member(9)}), Proposed::kReserved);
  EXPECT_TRUE(registry.is_blocked(kAna, kBob));
  EXPECT_FALSE(registry.is_blocked(kBob, kAna));
}

TEST(RegistryLimits, CountRoomsForTwoThatAreNotKeptYet) {
  Registry registry(Registry::Limits{.directs_of_member = 1, .directs_with_member = 1});
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kBob}), Proposed::kReserved);
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kBob}), Proposed::kReserved) << "the same";
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kEve}), Proposed::kRefused);
  EXPECT_EQ(registry.propose(DirectOpened{kEve, kBob}), Proposed::kRefused);
  registry.withdraw(DirectOpened{kAna, kBob});
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kEve}), Proposed::kRefused)
      << "one is still pending";
  registry.withdraw(DirectOpened{kAna, kBob});
  EXPECT_EQ(registry.propose(DirectOpened{kAna, kEve}), Proposed::kReserved);
}

TEST(RegistryLimits, OfRenamesAreAFewAtOnceThenOneNowAndThen) {
  Registry registry(
      Registry::Limits{.renames_at_once = 2, .rename_every = std::chrono::minutes(6)});
  registry.apply(NickBound{kAna, nick("a")});
  const Instant now{std::chrono::hours(1)};
  EXPECT_FALSE(registry.count_rename(kAna, now));
  EXPECT_FALSE(registry.count_rename(kAna, now));
  EXPECT_EQ(registry.count_rename(kAna, now + std::chrono::minutes(2)), std::chrono::minutes(4));
  EXPECT_FALSE(registry.count_rename(kAna, now + std::chrono::minutes(6)));
  EXPECT_TRUE(registry.count_rename(kAna, now + std::chrono::minutes(6)));
}

// Any proposals, whether the disk keeps them or not.
RC_GTEST_PROP(RegistryProperty, NeverPromisesOneThingTwiceAndIsTheSameAfterARestart, ()) {
  Registry registry;
  std::vector<Record> pending;
  std::vector<Record> log;
  std::map<std::string, MemberKey> owner_said;
  std::map<std::uint8_t, std::size_t> used;
  const auto any = [](int most) { return static_cast<std::uint8_t>(*rc::gen::inRange(0, most)); };
  const auto draw = [&]() -> Record {
    switch (any(5)) {
      case 0:
        return NickBound{member(any(4)), nick(std::string(1, static_cast<char>('a' + any(6))))};
      case 1:
        return InviteMade{invite(any(3)), {"r" + std::to_string(any(2))}, {}, 2};
      case 2:
        return InviteUsed{invite(any(3)), member(any(5))};
      case 3:
        return Blocked{member(any(4)), member(any(4)), any(2) == 0};
      default:
        return DirectOpened{member(any(4)), member(any(4)), any(4) > 0};
    }
  };
  for (int step = 0; step < 120; ++step) {
    if (pending.empty() || any(2) == 0) {
      const Record record = draw();
      if (registry.propose(record) == Proposed::kReserved) pending.push_back(record);
      continue;
    }
    const Record record = pending.front();
    pending.erase(pending.begin());
    if (any(4) == 0) {
      registry.withdraw(record);
      continue;
    }
    log.push_back(record);
    const bool is_news = registry.apply(record);
    if (const auto* bound = std::get_if<NickBound>(&record)) {
      const auto owner = owner_said.emplace(bound->nick.key, bound->key).first;
      RC_ASSERT(owner->second == bound->key);
      RC_ASSERT(registry.owner_of(bound->nick.key) == bound->key);
    }
    if (const auto* use = std::get_if<InviteUsed>(&record)) {
      if (is_news) RC_ASSERT(++used[use->hash.bytes[0]] <= 2U);
      RC_ASSERT(registry.check_invite(use->hash, use->by, at(1)).what == What::kAdmitted);
    }
  }
  for (const Record& record : pending) registry.withdraw(record);

  Registry again;
  for (const Record& record : log) again.apply(record);
  RC_ASSERT(again.members() == registry.members());
  for (std::uint8_t key = 0; key < 5; ++key) {
    RC_ASSERT(again.nick_of(member(key)) == registry.nick_of(member(key)));
    RC_ASSERT(again.direct_rooms_of(member(key)) == registry.direct_rooms_of(member(key)));
    RC_ASSERT(again.requests_to(member(key)) == registry.requests_to(member(key)));
    RC_ASSERT(again.blocked_by(member(key)) == registry.blocked_by(member(key)));
    for (std::uint8_t made = 0; made < 3; ++made) {
      RC_ASSERT(again.check_invite(invite(made), member(key), at(1)).what ==
                registry.check_invite(invite(made), member(key), at(1)).what);
    }
    const auto bound = registry.nick_of(member(key));
    if (!bound) continue;
    const Record once_more = NickBound{member(key), *bound};
    RC_ASSERT(registry.propose(once_more) == Proposed::kHolds);
  }
}

}  // namespace
}  // namespace palabre::chat
