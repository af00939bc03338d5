#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "chat/direct_room.h"
#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

using Lines = std::vector<std::string>;
using What = Contact::What;
using Why = NotInPrivate::Why;

Direct with(const std::string& nick) { return Direct{{nick, nick}}; }

/// Ana has the sessions 1 and 2, bob 3, eve 4; they are members 1, 2 and 3.
class DirectsTest : public HubTestDriver, public testing::Test {
 protected:
  explicit DirectsTest(const Limits& limits = {}) : HubTestDriver(limits) {
    log_in(1, 1, "ana");
    log_in(2, 1);
    log_in(3, 2, "bob");
    log_in(4, 3, "eve");
    for (std::uint64_t session = 1; session <= 4; ++session) events[session].clear();
  }
  void contact(std::uint64_t session, What what, const std::string& nick = {}) {
    std::optional<Nick> who;
    if (!nick.empty()) who = Nick{nick, nick};
    ask(session, Contact{what, who});
  }
  Why why_not(std::uint64_t session) {
    return std::get<NotInPrivate>(std::get<Refused>(events[session].back()).refusal).why;
  }
  /// The session writes into its room for two with the member, and opens it for that.
  void write(std::uint64_t session, const std::string& nick, const std::string& text) {
    enter(session, with(nick));
    say_in(session, with(nick), text, std::to_string(++posts_));
  }
  Lines requests_of(std::uint64_t session) {
    contact(session, What::kRequests);
    return told<Contacts>(session).names;
  }
  std::size_t rooms_of(std::uint64_t session) const {
    for (const auto& one : hub.list(now)) {
      if (one.session == SessionId{session}) return one.rooms.size();
    }
    return 0;
  }

 private:
  int posts_ = 0;
};

TEST_F(DirectsTest, AreOpenedWithARequestThatTakesNoPlace) {
  write(3, "ana", "may I?");
  for (const std::uint64_t device : {1, 2}) {
    ASSERT_EQ(events[device].size(), 1U);
    const auto& asked = told<AskedToWrite>(device);
    EXPECT_EQ(asked.nick, "bob");
    EXPECT_EQ(asked.id, author_id_of(key_of(2)));
    EXPECT_EQ(asked.text, "may I?");
    EXPECT_EQ(rooms_of(device), 0U);
    EXPECT_EQ(inbox[device], Lines{});
  }
  EXPECT_EQ(told<Acknowledged>(3).number.value, 1U) << "it is kept";
  say_in(3, with("ana"), "really", "b");
  EXPECT_EQ(events[1].size(), 1U) << "told once";
  EXPECT_EQ(requests_of(1), Lines{"bob"});
}

TEST_F(DirectsTest, ShowTheOneWhoAsksNothingOfTheOther) {
  ask(1, SetAway{"at the dentist"});
  enter(3, with("ana"));
  EXPECT_EQ(told<Joined>(3).others, 0U);
  EXPECT_TRUE(told<Joined>(3).is_request);
  ask(3, Who{with("ana")});
  const auto& present = told<Present>(3);
  EXPECT_EQ(present.here, 1U);
  ASSERT_EQ(present.people.size(), 1U);
  EXPECT_EQ(present.people[0].name, "bob");
  const std::size_t before = events[3].size();
  handle(HungUp{SessionId{1}});
  handle(HungUp{SessionId{2}});
  EXPECT_EQ(events[3].size(), before);
}

TEST_F(DirectsTest, HoldAFewMessagesUntilTheyAreAccepted) {
  for (int i = 0; i < 3; ++i) write(3, "ana", "please");
  write(3, "ana", "please!");
  EXPECT_EQ(why_not(3), Why::kNotAccepted);
  contact(1, What::kAccept, "bob");
  write(3, "ana", "thank you");
  EXPECT_EQ(told<Acknowledged>(3).number.value, 4U);
}

TEST_F(DirectsTest, AreOpenOnceTheyAreAccepted) {
  write(3, "ana", "may I?");
  contact(1, What::kAccept, "bob");
  EXPECT_EQ(told<Contacts>(1).with, "bob");
  EXPECT_EQ(told<Joined>(2).name, "@bob") << "her other device is put there";
  EXPECT_EQ(rooms_of(1), 0U) << "the one that accepts joins it as it likes";
  enter(1, with("bob"));
  EXPECT_FALSE(told<Joined>(1).is_request);
  say_in(1, with("bob"), "yes");
  EXPECT_EQ(inbox[3], Lines{"ana> yes"});
  EXPECT_EQ(requests_of(1), Lines{});
  contact(1, What::kAccept, "bob");
  EXPECT_EQ(told<Contacts>(1).what, What::kAccept) << "it holds already";
}

TEST_F(DirectsTest, AreAcceptedByJoiningToo) {
  enter(3, with("ana"));
  enter(1, with("bob"));
  EXPECT_FALSE(told<Joined>(1).is_request);
  EXPECT_EQ(told<Joined>(1).others, 2U) << "bob, and her other device";
  EXPECT_EQ(told<Joined>(2).name, "@bob");
  enter(3, with("ana"));
  EXPECT_FALSE(told<Joined>(3).is_request);
}

TEST_F(DirectsTest, CannotBeAcceptedWithoutARequest) {
  contact(1, What::kAccept, "bob");
  EXPECT_EQ(why_not(1), Why::kHasNotAsked);
  enter(1, with("bob"));
  contact(1, What::kAccept, "bob");
  EXPECT_EQ(why_not(1), Why::kHasNotAsked) << "it is hers";
  contact(1, What::kAccept, "nobody");
  EXPECT_TRUE(refused<NoSuchMember>(1));
  contact(1, What::kBlock, "ana");
  EXPECT_TRUE(refused<NoOtherMember>(1));
}

TEST_F(DirectsTest, AreTheSameAfterARestart) {
  write(3, "ana", "may I?");
  enter(4, with("ana"));
  contact(1, What::kAccept, "eve");
  contact(1, What::kBlock, "bob");
  HubTestDriver after{Starting{}};
  after.read_registry_of(*this);
  after.log_in(1, 1);
  EXPECT_EQ(after.told<LoggedIn>(1).direct_with, Lines{"eve"});
  EXPECT_EQ(after.told<LoggedIn>(1).all_requests, 0U) << "bob is blocked";
  after.ask(1, Contact{What::kUnblock, Nick{"bob", "bob"}});
  after.log_in(2, 1);
  EXPECT_EQ(after.told<LoggedIn>(2).requests, Lines{"bob"});
  after.log_in(3, 2);
  EXPECT_EQ(after.told<LoggedIn>(3).direct_with, Lines{"ana"}) << "its own request";
}

TEST_F(DirectsTest, OfABlockedMemberAreNotShownAndLookTheSameToIt) {
  contact(1, What::kBlock, "bob");
  EXPECT_EQ(told<Contacts>(1).with, "bob");
  events[1].clear();
  write(3, "ana", "may I?");
  EXPECT_EQ(told<Acknowledged>(3).number.value, 1U);
  EXPECT_TRUE(events[1].empty());
  EXPECT_EQ(requests_of(1), Lines{});
  enter(1, with("bob"));
  EXPECT_EQ(why_not(1), Why::kIsBlocked);
  contact(1, What::kBlocked);
  EXPECT_EQ(told<Contacts>(1).names, Lines{"bob"});
  contact(1, What::kUnblock, "bob");
  EXPECT_EQ(requests_of(1), Lines{"bob"});
  contact(1, What::kBlocked);
  EXPECT_EQ(told<Contacts>(1).all, 0U);
}

TEST_F(DirectsTest, ThatAreOpenAreLeftByTheOneWhoBlocks) {
  enter(3, with("ana"));
  enter(1, with("bob"));
  const std::size_t told_before = events[3].size();
  contact(1, What::kBlock, "bob");
  EXPECT_EQ(rooms_of(1) + rooms_of(2), 0U);
  EXPECT_EQ(events[3].size(), told_before) << "nobody tells him";
  say_in(3, with("ana"), "hello?");
  EXPECT_EQ(told<Acknowledged>(3).number.value, 1U);
  EXPECT_EQ(inbox[1], Lines{});
  log_in(5, 1);
  EXPECT_EQ(told<LoggedIn>(5).direct_with, Lines{});
  contact(1, What::kUnblock, "bob");
  EXPECT_EQ(told<Joined>(2).name, "@bob");
  EXPECT_EQ(told<Joined>(5).name, "@bob");
}

TEST_F(DirectsTest, GoByTheKeyUnderAnyNickname) {
  contact(1, What::kBlock, "bob");
  nick(3, "robert");
  write(3, "ana", "it is not me");
  EXPECT_EQ(requests_of(1), Lines{});
  contact(1, What::kBlocked);
  EXPECT_EQ(told<Contacts>(1).names, Lines{"robert"});
}

TEST_F(DirectsTest, ComeInTheOrderInWhichWasSpoken) {
  for (const std::uint64_t stranger : {3, 4}) enter(stranger, with("ana"));
  for (const char* nick : {"bob", "eve"}) enter(1, with(nick));
  log_in(6, 6, "dan");
  enter(1, with("dan"));
  log_in(5, 1);
  EXPECT_EQ(told<LoggedIn>(5).direct_with, (Lines{"eve", "bob", "dan"})) << "dan is only asked";
  say_in(3, with("ana"), "hello");
  log_in(5, 1);
  handle(HungUp{SessionId{5}});
  log_in(5, 1);
  EXPECT_EQ(told<LoggedIn>(5).direct_with, (Lines{"bob", "eve", "dan"}));
}

TEST_F(DirectsTest, MayBeAskedForByAFewOnesOfOneMember) {
  HubTestDriver world;
  world.log_in(1, 1, "ana");
  for (std::uint8_t other = 10; other <= 30; ++other) {
    world.log_in(other, other, "m" + std::to_string(other));
    world.enter(1, with("m" + std::to_string(other)));
  }
  const auto* refused = std::get_if<Refused>(&world.events[1].back());
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(std::get<NotInPrivate>(refused->refusal).why, Why::kManyAsked);
  world.ask(10, Contact{What::kAccept, Nick{"ana", "ana"}});
  world.enter(1, with("m30"));
  EXPECT_EQ(world.told<Joined>(1).name, "@m30");
}

TEST_F(DirectsTest, AreBlockedAtAPace) {
  for (int i = 0; i < 10; ++i) {
    contact(1, What::kBlock, "bob");
    contact(1, What::kUnblock, "bob");
  }
  contact(1, What::kBlock, "bob");
  EXPECT_TRUE(refused<TooFast>(1)) << "each is a record for good";
  pass(std::chrono::seconds(30));
  contact(1, What::kBlock, "bob");
  EXPECT_EQ(told<Contacts>(1).what, What::kBlock);
}

TEST_F(DirectsTest, AreForMembers) {
  arrive(9);
  contact(9, What::kRequests);
  EXPECT_TRUE(refused<MembersOnly>(9));
}

/// Whatever happens, a session is in no room for two that its member has not wanted, or has
/// blocked, and the one who asks sees nobody else there.
TEST_F(DirectsTest, HoldWhateverIsDoneInWhichOrder) {
  const std::vector<std::string> nicks{"ana", "bob", "eve"};
  const std::vector<std::uint64_t> sessions{1, 2, 3, 4};
  const auto member_of = [](std::uint64_t session) {
    return static_cast<std::uint8_t>(session <= 2 ? 1 : session - 1);
  };
  std::uint64_t random = 1;
  const auto below = [&](std::uint64_t most) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33U) % most;
  };
  for (int step = 0; step < 5000; ++step) {
    pass(std::chrono::seconds(20));
    const std::uint64_t session = sessions[below(4)];
    const std::string& nick = nicks[below(3)];
    switch (below(6)) {
      case 0:
        enter(session, with(nick));
        break;
      case 1:
        ask(session, Leave{with(nick)});
        break;
      case 2:
        say_in(session, with(nick), "hello", "s" + std::to_string(step));
        break;
      default:
        contact(session, static_cast<What>(below(5)), nick);
        break;
    }
    for (const auto& one : hub.list(now)) {
      const MemberKey key = key_of(member_of(one.session.value));
      for (const RoomName& room : one.rooms) {
        const auto other = other_in(room, key);
        ASSERT_TRUE(other);
        const auto direct = hub.registry().direct(key, *other);
        ASSERT_TRUE(direct == Registry::Direct::kOpen || direct == Registry::Direct::kAsks);
        ASSERT_FALSE(hub.registry().is_blocked(key, *other));
      }
    }
  }
}

}  // namespace
}  // namespace palabre::chat
