#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "chat/hub.h"
#include "client/outbox.h"
#include "client/server_words.h"
#include "drivers/hub_driver.h"
#include "drivers/members_driver.h"
#include "wire/log_entries.h"
#include "wire/palabre.pb.h"
#include "wire/refusals.h"

// What is said to people is true where it is said: each cause has words of its own, and is given
// where it is the cause.

namespace palabre {
namespace {

using chat::HubTestDriver;
using chat::Trouble;

const chat::RoomName kOps{"ops"};
const chat::RoomName kTea{"tea"};

std::string refusal(HubTestDriver& world, std::uint64_t session) {
  return wire::refusal_words(world.told<chat::Refused>(session).refusal);
}

TEST(WordsThatAreNotTrue, NoTwoTroublesHaveTheSame) {
  std::set<std::string> words;
  int troubles = 0;
  for (const Trouble trouble :
       {Trouble::kDiskFull, Trouble::kDiskFailing, Trouble::kLocked, Trouble::kTooManyRooms,
        Trouble::kTooMuchWaits, Trouble::kAfterAnother, Trouble::kRegistryFull,
        Trouble::kDamagedRegistry, Trouble::kDamagedId, Trouble::kBarred}) {
    words.insert(wire::refusal_words(chat::NotRecorded{trouble}));
    ++troubles;
  }
  EXPECT_EQ(static_cast<int>(words.size()), troubles);
}

TEST(WordsThatAreNotTrue, AMemberIsNotToldOfGuestsWhereTheServerIsFull) {
  HubTestDriver world({.members = 1});
  world.log_in(1, 1, "ana");
  world.log_in(2, 2, "bob");
  EXPECT_EQ(refusal(world, 2), "The server is full (1 members). Try again later.");
}

TEST(WordsThatAreNotTrue, AReservedNicknameIsNotTaken) {
  HubTestDriver world({}, {}, chat::Access{.by_invitation = {}, .reserved_nicks = {"admin"}});
  world.log_in(1, 1, "admin");
  EXPECT_EQ(refusal(world, 1).find("taken"), std::string::npos);
  world.log_in(1, 1, "ana");
  world.nick(1, "admin");
  EXPECT_EQ(refusal(world, 1).find("taken"), std::string::npos);
  world.arrive(3);
  world.nick(3, "admin");
  EXPECT_EQ(refusal(world, 3).find("taken"), std::string::npos);
  world.nick(3, "ana");
  EXPECT_NE(refusal(world, 3).find("taken"), std::string::npos) << "that one is";
}

TEST(WordsThatAreNotTrue, APostBehindAnotherIsNotToldOfTheDisk) {
  HubTestDriver world;
  world.log_in(1, 1, "ana");
  world.enter(1, kTea);
  world.say_in(1, kTea, "one", "1");
  world.handle(chat::NotKept{world.drafts.back(), Trouble::kDiskFull});
  world.say_in(1, kTea, "two", "2");
  EXPECT_NE(refusal(world, 1).find("has to go first"), std::string::npos) << refusal(world, 1);
}

TEST(WordsThatAreNotTrue, ARoomForTwoIsNotWithOneself) {
  HubTestDriver world;
  world.log_in(1, 1, "ana");
  world.enter(1, chat::Direct{{"ana", "ana"}});
  EXPECT_EQ(refusal(world, 1), "That is you: a room for two is with somebody else.");
}

TEST(WordsThatAreNotTrue, AnInviteWithoutAPlaceIsNotOneThatNobodyMade) {
  chat::Registry registry(chat::Registry::Limits{.admissions = 0});
  chat::InviteHash hash;
  registry.apply(chat::InviteMade{hash, kOps, {}, 1});
  EXPECT_EQ(registry.check_invite(hash, HubTestDriver::key_of(1), {}).what,
            chat::Registry::InviteCheck::What::kFull);
  EXPECT_NE(wire::refusal_words(chat::NotRecorded{Trouble::kRegistryFull}).find("no place"),
            std::string::npos);
}

TEST(WordsThatAreNotTrue, AFullRegistryIsNotToldOfTheDisk) {
  chat::Registry registry(chat::Registry::Limits{.members = 0});
  const auto why = registry.why_not(HubTestDriver::key_of(1), {"ana", "ana"});
  ASSERT_TRUE(std::holds_alternative<chat::NotRecorded>(why));
  EXPECT_EQ(wire::refusal_words(why),
            "Not done: the server has no place for one more. Ask who runs it.");
}

TEST(WordsThatAreNotTrue, ARoomThatKeepsNothingIsNotASlowWay) {
  proto::Gap gap;
  wire::fill(gap, {1}, chat::Missing{{1}, {6}, chat::Missing::Why::kNotKept});
  EXPECT_EQ(gap.words(), "Nothing is kept in this room: what was said there is gone.");
}

TEST(WordsThatAreNotTrue, AMemberIsSilentSinceItAskedForSomething) {
  HubTestDriver world;
  world.log_in(1, 1, "ana");
  world.arrive(2);
  world.enter(1, kTea);
  world.pass(std::chrono::seconds(90));
  world.say(2, "still here");
  world.operate(chat::ListOnline{});
  const auto& sessions = std::get<chat::Online>(world.answers.back()).sessions;
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].silent, std::chrono::seconds(90));
  EXPECT_FALSE(sessions[0].is_guest);
  EXPECT_EQ(sessions[1].silent, Duration{});
  EXPECT_TRUE(sessions[1].is_guest);
}

TEST(WordsThatAreNotTrue, AMemberThatAsksBeforeItsLoginIsToldToLogIn) {
  server::MemberWorld world;
  server::MemberLink& link = world.connect();
  proto::Command command;
  command.mutable_who()->set_room("lobby");
  world.hear(link, command);
  const auto events = world.told(link);
  ASSERT_FALSE(events.empty());
  ASSERT_TRUE(events.back().has_refused());
  EXPECT_EQ(events.back().refused().words(), "Not done: log in first.");
}

TEST(WordsThatAreNotTrue, NothingIsLostOfAKeptRoomWhereNothingHadBeenSaid) {
  for (const std::uint64_t had : {0U, 5U}) {
    server::MemberWorld world;
    server::MemberLink& link = world.come(1, "ana");
    world.told(link);
    auto command = server::join("ops");
    command.mutable_join()->mutable_after()->set_log(77);
    command.mutable_join()->mutable_after()->set_number(had);
    world.hear(link, command);
    const auto events = world.told(link);
    ASSERT_FALSE(events.empty());
    EXPECT_TRUE(events[0].has_joined());
    EXPECT_EQ(events.size(), had == 0 ? 1U : 2U);
    if (had > 0) EXPECT_EQ(events.back().gap().why(), proto::Gap::NEW_LOG);
  }
}

TEST(WordsThatAreNotTrue, ASecondLoginOnOneConnectionIsAnswered) {
  server::MemberWorld world;
  server::MemberLink& link = world.come(1, "ana");
  world.told(link);
  world.hear(link, server::login_by(KeyPair(1), world.login_to(link), "ana"));
  const auto events = world.told(link);
  ASSERT_EQ(events.size(), 1U);
  ASSERT_TRUE(events.back().has_refused());
  EXPECT_EQ(events.back().refused().words(), "You are logged in; a connection has one login.");
}

TEST(WordsThatAreNotTrue, OfWhatWasNeverSentNothingIsInDoubt) {
  client::Outbox outbox("x");
  outbox.add(kTea, chat::Kind::kText, "one").value();
  outbox.add(kTea, chat::Kind::kText, "two").value();
  EXPECT_EQ(outbox.in_doubt(), 0U);
  outbox.sent({});
  EXPECT_EQ(outbox.in_doubt(), 1U);
  outbox.interrupt();
  EXPECT_EQ(outbox.in_doubt(), 1U) << "its answer may be lost";
  EXPECT_EQ(client::words_of_waiting(1, 0), "1 message was not sent");
  EXPECT_EQ(client::words_of_waiting(2, 2), "2 messages are unconfirmed");
  EXPECT_EQ(client::words_of_waiting(3, 1), "1 message is unconfirmed, 2 were not sent");
}

}  // namespace
}  // namespace palabre
