#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "chat/direct_room.h"
#include "chat/registry.h"

namespace palabre::chat {
namespace {

MemberKey member(std::uint8_t which) { return {{which}}; }
Nick nick(const std::string& shown) { return {shown, shown}; }
WallTime at(std::int64_t seconds) { return {seconds * 1'000'000}; }

const MemberKey kEve = member(1);
const MemberKey kAda = member(2);
const MemberKey kBob = member(3);
const RoomName kDen{"den"};
const RoomName kOps{"ops"};

class RegistrySweepTest : public testing::Test {
 protected:
  void keep(const Record& record, std::int64_t seconds, const std::optional<Network>& from = {}) {
    if (registry.propose(record) == Registry::Proposed::kRefused) ++refused;
    registry.apply(record, {++number}, at(seconds), from);
    log.push_back({record, seconds, from});
  }
  void undo(std::variant<MemberKey, Network> by, std::int64_t since) {
    keep(Decision{UndoBy{by, since}}, 1000);
  }
  std::string topic_of(const RoomName& room) const { return registry.facts_of(room).topic.text; }
  static RoomFact topic(const RoomName& room, const std::string& text, const std::string& owner) {
    return {room, Topic{text, "somebody"}, owner};
  }
  static std::string owner(const MemberKey& key) { return "@" + to_hex(key); }

  struct Line {
    Record record;
    std::int64_t seconds;
    std::optional<Network> from;
  };
  std::vector<Line> log;
  Registry registry;
  std::uint64_t number = 0;
  int refused = 0;
};

TEST_F(RegistrySweepTest, TheNicknamesOfAForgottenMemberAreFreeAndItsPlaceIsToo) {
  Registry::Limits limits;
  limits.members = 2;
  Registry small(limits);
  small.apply(NickBound{kEve, nick("eve")});
  small.apply(NickBound{kEve, nick("eva")});
  small.apply(NickBound{kAda, nick("ada")});
  EXPECT_EQ(small.binding(kBob, nick("bob")), Registry::Binding::kFull);
  EXPECT_TRUE(small.apply(Decision{Forget{kEve}}));
  EXPECT_EQ(small.members(), 1U);
  EXPECT_EQ(small.binding(kBob, nick("eve")), Registry::Binding::kFree);
  EXPECT_EQ(small.binding(kAda, nick("eva")), Registry::Binding::kFree);
  EXPECT_FALSE(small.nick_of(kEve));
  EXPECT_TRUE(small.apply(NickBound{kEve, nick("eve")})) << "it comes back as a new member";
  EXPECT_EQ(small.nick_of(kAda)->shown, "ada");
}

TEST_F(RegistrySweepTest, ANicknameOfAnotherVersionIsFreeToo) {
  registry.apply(NickBound{kEve, nick("eve"), "look today"});
  EXPECT_EQ(registry.owner_of("look today"), kEve);
  registry.apply(Decision{Forget{kEve}});
  EXPECT_FALSE(registry.owner_of("look today"));
  EXPECT_FALSE(registry.owner_of(Nick{"eve", "another look"}));
}

TEST_F(RegistrySweepTest, AForgottenMemberLeavesNoRoomsForTwoAndNoAdmissions) {
  keep(NickBound{kEve, nick("eve")}, 1);
  keep(NickBound{kAda, nick("ada")}, 1);
  keep(DirectOpened{kEve, kAda}, 2);
  keep(DirectOpened{kBob, kEve}, 2);
  keep(InviteMade{{{1}}, kOps, {}, 5}, 2);
  keep(InviteUsed{{{1}}, kEve}, 3);
  keep(Decision{Forget{kEve}}, 4);
  EXPECT_EQ(registry.direct(kEve, kAda), Registry::Direct::kNone);
  EXPECT_TRUE(registry.direct_rooms_of(kAda).empty());
  EXPECT_TRUE(registry.direct_rooms_of(kBob).empty());
  EXPECT_FALSE(registry.is_admitted(kEve, kOps));
  keep(NickBound{kEve, nick("eve")}, 5);
  EXPECT_FALSE(registry.is_admitted(kEve, kOps)) << "it is a new member";
  EXPECT_TRUE(registry.direct_rooms_of(kEve).empty());
}

TEST_F(RegistrySweepTest, AppointmentsOfAForgottenMemberEndAndItsBansHold) {
  keep(NickBound{kEve, nick("eve")}, 1);
  keep(RoomFounded{kDen, kEve}, 1);
  keep(Decision{Appoint{kEve, kOps}}, 1);
  keep(Decision{MarkBot{kEve}}, 1);
  keep(Decision{Ban{kEve}}, 1);
  keep(Decision{Ban{kAda}, kEve}, 1);
  keep(Decision{Forget{kEve}}, 2);
  const Identity eve{{}, kEve};
  EXPECT_FALSE(registry.is_operator(eve, kOps));
  EXPECT_FALSE(registry.founder_of(kDen));
  EXPECT_TRUE(registry.founded_by(kEve).empty());
  EXPECT_EQ(registry.decisions().find<MarkBot>(eve), nullptr);
  EXPECT_NE(registry.decisions().find<Ban>(eve), nullptr);
  EXPECT_NE(registry.decisions().find<Ban>(Identity{{}, kAda}), nullptr) << "what it decided stays";
}

TEST_F(RegistrySweepTest, AnUndoTakesBackWhatTheKeyHasDoneSinceAndNothingOfOthers) {
  keep(NickBound{kEve, nick("eve")}, 1);
  keep(NickBound{kAda, nick("ada")}, 1);
  keep(RoomFounded{kDen, kEve}, 10);
  keep(RoomFounded{kOps, kEve}, 20);
  keep(topic({"old"}, "stays", owner(kEve)), 10);
  keep(topic(kDen, "goes", owner(kEve)), 20);
  keep(topic({"replaced"}, "of eve", owner(kEve)), 20);
  keep(topic({"replaced"}, "of ada", owner(kAda)), 21);
  keep(Decision{Ban{kBob}, kEve}, 10);
  keep(Decision{Mute{kAda}, kEve}, 20);
  keep(Decision{Rule{kOps, Frozen{}}, kEve}, 20);
  keep(Decision{Mute{kBob}, kAda}, 20);
  undo(kEve, 15);
  EXPECT_EQ(registry.founder_of(kDen), kEve);
  EXPECT_FALSE(registry.founder_of(kOps));
  EXPECT_EQ(topic_of({"old"}), "stays");
  EXPECT_EQ(topic_of(kDen), "");
  EXPECT_EQ(topic_of({"replaced"}), "of ada");
  EXPECT_FALSE(registry.facts_of(kOps).frozen);
  const Decisions& decisions = registry.decisions();
  EXPECT_NE(decisions.find<Ban>(Identity{{}, kBob}), nullptr);
  EXPECT_NE(decisions.find<Mute>(Identity{{}, kBob}), nullptr);
  EXPECT_EQ(decisions.find<Mute>(Identity{{}, kAda}), nullptr);
  EXPECT_EQ(registry.nick_of(kEve)->shown, "eve") << "it registered before";
}

TEST_F(RegistrySweepTest, AnUndoForgetsAMemberThatRegisteredSinceThen) {
  keep(NickBound{kEve, nick("eve")}, 20);
  keep(NickBound{kEve, nick("eva")}, 30);
  keep(Decision{Appoint{kEve, kOps}}, 30);
  undo(kEve, 20);
  EXPECT_EQ(registry.binding(kAda, nick("eve")), Registry::Binding::kFree);
  EXPECT_FALSE(registry.is_operator(Identity{{}, kEve}, kOps));
  EXPECT_EQ(registry.members(), 0U);
}

TEST_F(RegistrySweepTest, AnUndoOfANetworkIsOfItsGuestsAndOfThoseWhoRegisteredThere) {
  const auto network = [](const char* text) { return *Network::parse(text); };
  keep(NickBound{kEve, nick("eve")}, 20, network("203.0.113.0/24"));
  keep(NickBound{kAda, nick("ada")}, 20, network("203.0.114.0/24"));
  keep(NickBound{kBob, nick("bob")}, 5, network("203.0.113.0/24"));
  keep(topic(kDen, "of a guest", "203.0.113.9"), 20);
  keep(topic(kOps, "of a guest elsewhere", "203.0.114.9"), 20);
  keep(topic({"tea"}, "of eve", owner(kEve)), 20);
  keep(Decision{Mute{kAda}, kEve}, 20);
  undo(network("203.0.113.0/24"), 10);
  EXPECT_FALSE(registry.nick_of(kEve));
  EXPECT_TRUE(registry.nick_of(kAda));
  EXPECT_TRUE(registry.nick_of(kBob)) << "it registered before";
  EXPECT_EQ(topic_of(kDen) + topic_of(kOps) + topic_of({"tea"}), "of a guest elsewhere");
  EXPECT_EQ(registry.decisions().find<Mute>(Identity{{}, kAda}), nullptr);
  undo(network("203.0.0.0/16"), 0);
  EXPECT_EQ(registry.members(), 0U);
  EXPECT_EQ(topic_of(kOps), "");
}

TEST_F(RegistrySweepTest, AForgottenRoomIsAsANewOne) {
  keep(NickBound{kEve, nick("eve")}, 1);
  keep(RoomFounded{kDen, kEve}, 1);
  keep(topic(kDen, "x", owner(kEve)), 1);
  keep(RoomFact{kDen, Frozen{true}}, 1);
  keep(Decision{Rule{kDen, Slow{10}}}, 1);
  keep(Decision{Appoint{kAda, kDen}, kEve}, 1);
  keep(Decision{Ban{kBob, kDen}, kEve}, 1);
  keep(Decision{Appoint{kAda, kOps}}, 1);
  keep(Decision{ForgetRoom{kDen}}, 2);
  EXPECT_EQ(registry.facts_of(kDen), RoomFacts{});
  EXPECT_FALSE(registry.founder_of(kDen));
  EXPECT_FALSE(registry.is_operator(Identity{{}, kAda}, kDen));
  EXPECT_TRUE(registry.is_operator(Identity{{}, kAda}, kOps));
  EXPECT_NE(registry.decisions().find<Ban>(Identity{{}, kBob}, kDen), nullptr);
}

TEST_F(RegistrySweepTest, TheLogIsReadToTheSameState) {
  for (int round = 0; round < 3; ++round) {
    keep(NickBound{kEve, nick("eve")}, 20 + round);
    keep(DirectOpened{kEve, kAda}, 21);
    keep(RoomFounded{kDen, kEve}, 22);
    keep(topic(kDen, "x", owner(kEve)), 22);
    keep(Decision{Mute{kAda}, kEve}, 23);
    undo(kEve, round == 1 ? 0 : 22);
  }
  keep(NickBound{kBob, nick("bob")}, 30);
  Registry again;
  std::uint64_t place = 0;
  for (const Line& line : log) again.apply(line.record, {++place}, at(line.seconds), line.from);
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(again.members(), registry.members());
  EXPECT_EQ(again.nick_of(kEve), registry.nick_of(kEve));
  EXPECT_EQ(again.facts(), registry.facts());
  EXPECT_EQ(again.founder_of(kDen), registry.founder_of(kDen));
  EXPECT_EQ(again.decisions().in_force().size(), registry.decisions().in_force().size());
}

TEST_F(RegistrySweepTest, MembersAreListedFromTheLatest) {
  keep(NickBound{kEve, nick("eve")}, 10);
  keep(NickBound{kAda, nick("ada")}, 30);
  keep(NickBound{kBob, nick("bob")}, 20);
  keep(NickBound{kEve, nick("eva")}, 40);
  std::string names;
  for (const auto& one : registry.registered_since(at(10))) {
    names += registry.nick_of(one.key)->shown + " ";
  }
  EXPECT_EQ(names, "ada bob eva ");
  EXPECT_EQ(registry.registered_since(at(20)).size(), 2U);
}

}  // namespace
}  // namespace palabre::chat
