#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

using Lines = std::vector<std::string>;

const RoomName kLobbyName{"lobby"};
const RoomName kOps{"ops"};

/// A server with a room by invitation; ana and bob are online, as sessions and members 1 and 2.
class MembersHubTest : public HubTestDriver, public testing::Test {
 protected:
  MembersHubTest() : HubTestDriver({}, {}, {{kOps}}) {
    log_in(1, 1, "ana");
    log_in(2, 2, "bob");
  }
  InviteHash make_invite(std::uint32_t uses, Expiry expiry = {}, const RoomName& room = kOps) {
    InviteHash hash;
    hash.bytes.fill(++invites_);
    operate(MakeInvite{{hash, room, expiry, uses}});
    return hash;
  }
  NotInvited::Why why_not_invited(std::uint64_t session) {
    return std::get<NotInvited>(told<Refused>(session).refusal).why;
  }

 private:
  std::uint8_t invites_ = 0;
};

TEST(ReservedNick, IsNobodysButWhoHasItAlready) {
  HubTestDriver world(HubTestDriver::Starting{}, {}, {},
                      Access{.by_invitation = {}, .reserved_nicks = {"you"}});
  world.handle(RecordKept{NickBound{HubTestDriver::key_of(1), {"you", "you"}}});
  world.handle(RegistryRead{});
  world.log_in(1, 1);
  EXPECT_EQ(world.told<LoggedIn>(1).nick, "you") << "it had it before names were reserved";
  world.log_in(2, 2, "you");
  EXPECT_TRUE(world.refused<NickInUse>(2));
  world.log_in(2, 2, "kofi");
  world.nick(2, "you");
  EXPECT_TRUE(world.refused<NickInUse>(2));
  world.arrive(3);
  world.nick(3, "you");
  EXPECT_TRUE(world.refused<NickInUse>(3));
}

TEST(ReservedNick, IsEveryOneThatLooksLikeACloak) {
  HubTestDriver hub({}, {}, {.reserved_prefix = "guest-"});
  hub.arrive(1);
  hub.nick(1, "guest-7kq2");
  EXPECT_TRUE(hub.refused<NickInUse>(1));
  hub.log_in(2, 2, "guest-ana");
  EXPECT_TRUE(hub.refused<NickInUse>(2));
  hub.nick(1, "guest");
  EXPECT_FALSE(hub.refused<NickInUse>(1));
}

TEST(ReservedNick, IsNoMembersWhoHasAnother) {
  HubTestDriver world({}, {}, Access{.by_invitation = {}, .reserved_nicks = {"admin"}});
  world.log_in(1, 1, "admin");
  EXPECT_TRUE(world.refused<NickInUse>(1));
}

TEST_F(MembersHubTest, BindsANicknameToTheFirstKeyThatTakesIt) {
  EXPECT_EQ(told<LoggedIn>(1).nick, "ana");
  log_in(3, 3, "ana");
  EXPECT_TRUE(refused<NickInUse>(3));
  log_in(3, 3, "eve");
  EXPECT_EQ(told<LoggedIn>(3).nick, "eve") << "a refused login may be retried";
}

TEST_F(MembersHubTest, KnowsAMemberByItsKeyWhateverNicknameItAsksFor) {
  handle(HungUp{SessionId{1}});
  log_in(4, 1, "mallory");
  EXPECT_EQ(told<LoggedIn>(4).nick, "ana");
  log_in(5, 1);
  EXPECT_EQ(told<LoggedIn>(5).nick, "ana");
}

TEST_F(MembersHubTest, AsksAKeyWithoutANicknameForOne) {
  log_in(3, 3);
  EXPECT_TRUE(refused<NickMissing>(3));
}

TEST_F(MembersHubTest, LetsNobodyInBeforeTheNicknameIsKept) {
  keeps_at_once = false;
  log_in(3, 3, "eve");
  EXPECT_TRUE(events[3].empty());
  log_in(4, 4, "eve");
  EXPECT_TRUE(refused<NickInUse>(4)) << "it is reserved";
  keep_records();
  EXPECT_EQ(told<LoggedIn>(3).nick, "eve");
}

TEST_F(MembersHubTest, SaysSoWhereTheNicknameCannotBeKept) {
  keeps_at_once = false;
  log_in(3, 3, "eve");
  keep_no_records();
  EXPECT_TRUE(refused<NotRecorded>(3));
  log_in(4, 4, "eve");
  keep_records();
  EXPECT_EQ(told<LoggedIn>(4).nick, "eve");
}

TEST_F(MembersHubTest, GivesNoGuestAMembersNickname) {
  arrive(7);
  nick(7, "ana");
  EXPECT_TRUE(refused<NickInUse>(7));
  handle(HungUp{SessionId{1}});
  nick(7, "ana");
  EXPECT_TRUE(refused<NickInUse>(7)) << "it stays hers while she is offline";
}

TEST_F(MembersHubTest, GivesNoMemberANicknameThatAGuestGoesByNow) {
  arrive(7);
  nick(7, "gus");
  log_in(3, 3, "gus");
  EXPECT_TRUE(refused<NickInUse>(3));
  ask(1, TakeNick{{"gus", "gus"}});
  EXPECT_TRUE(refused<NickInUse>(1));
}

TEST_F(MembersHubTest, ShowsAMemberWithoutAStarToGuestsToo) {
  arrive(7);
  enter(1, kLobbyName);
  say_in(1, kLobbyName, "hello");
  EXPECT_EQ(inbox[7], (Lines{"ana> hello"}));
  ask(7, Who{});
  const auto& people = told<Present>(7).people;
  ASSERT_EQ(people.size(), 2U);
  EXPECT_TRUE(people[0].is_guest);
  EXPECT_FALSE(people[1].is_guest);
}

TEST_F(MembersHubTest, HasAMemberInSeveralRoomsAtOnce) {
  const RoomName tea{"tea"};
  for (const RoomName& room : {kLobbyName, tea}) {
    enter(1, room);
    enter(2, room);
  }
  say_in(2, kLobbyName, "here", "1");
  say_in(2, tea, "there", "2");
  EXPECT_EQ(inbox[1], (Lines{"bob> here", "bob> there"}));
  ask(1, Leave{tea});
  say_in(2, tea, "nobody hears it", "3");
  EXPECT_EQ(inbox[1].size(), 2U);
  say_in(1, tea, "me neither", "4");
  EXPECT_TRUE(refused<NotJoined>(1));
}

TEST_F(MembersHubTest, AnswersAPostWithItsNumberRoomAndId) {
  enter(1, kLobbyName);
  say_in(1, kLobbyName, "hello", "a");
  const Acknowledged first = told<Acknowledged>(1);
  EXPECT_EQ(first.number.value, 1U);
  EXPECT_EQ(first.id, MessageId{"a"});
  EXPECT_FALSE(first.repeated);
  say_in(1, kLobbyName, "hello", "a");
  EXPECT_EQ(told<Acknowledged>(1).number.value, 1U);
  EXPECT_TRUE(told<Acknowledged>(1).repeated);
}

TEST_F(MembersHubTest, KnowsAPostOfTheSameMemberFromAnotherSession) {
  enter(1, kLobbyName);
  say_in(1, kLobbyName, "hello", "a");
  log_in(3, 1);
  enter(3, kLobbyName);
  handle(HungUp{SessionId{1}});
  say_in(3, kLobbyName, "hello", "a");
  EXPECT_TRUE(told<Acknowledged>(3).repeated);
  log_in(4, 2);
  enter(4, kLobbyName);
  say_in(4, kLobbyName, "hello", "a");
  EXPECT_FALSE(told<Acknowledged>(4).repeated) << "ids are unique per author";
}

TEST_F(MembersHubTest, KeepsNothingThatFollowsAPostThatCouldNotBeKept) {
  enter(1, kLobbyName);
  say_in(1, kLobbyName, "one", "1");
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  say_in(1, kLobbyName, "two", "2");
  EXPECT_TRUE(refused<CannotKeep>(1));
  say_in(1, kLobbyName, "one", "1");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"1"});
  say_in(1, kLobbyName, "two", "2");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"2"});
}

TEST_F(MembersHubTest, GivesAPostThatCouldNotBeKeptUpWithItsRoom) {
  const RoomName tea{"tea"};
  enter(1, kLobbyName);
  enter(1, tea);
  say_in(1, tea, "one", "1");
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  ask(1, Leave{tea});
  say_in(1, kLobbyName, "two", "2");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"2"});
  enter(1, tea);
  say_in(1, tea, "three", "3");
  const Draft third = drafts.back();
  ask(1, Leave{tea});
  handle(NotKept{third, Trouble::kDiskFull});
  say_in(1, kLobbyName, "four", "4");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"4"}) << "even if it left before the answer";
}

TEST_F(MembersHubTest, KeepsTheOrderOfWhatFollowsAPostThatIsGivenUp) {
  const RoomName tea{"tea"};
  enter(1, kLobbyName);
  enter(1, tea);
  say_in(1, tea, "one", "1");
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  say_in(1, kLobbyName, "two", "2");
  ask(1, Leave{tea});
  say_in(1, kLobbyName, "three", "3");
  EXPECT_TRUE(refused<CannotKeep>(1)) << "the second post must be kept first";
  say_in(1, kLobbyName, "two", "2");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"2"});
  say_in(1, kLobbyName, "three", "3");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"3"});
}

TEST_F(MembersHubTest, GoesOnAfterAPostThatComesAgainAndIsRefusedForGood) {
  enter(1, kLobbyName);
  say_in(1, kLobbyName, "one", "1");
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  say_in(1, RoomName{"tea"}, "one", "1");
  EXPECT_TRUE(refused<NotJoined>(1));
  say_in(1, kLobbyName, "two", "2");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"2"});
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  ask(1, NotUnderstood{NothingSaid{MessageId{"2"}}});
  say_in(1, kLobbyName, "three", "3");
  EXPECT_EQ(told<Acknowledged>(1).id, MessageId{"3"});
}

TEST_F(MembersHubTest, PassesOnWhereAReaderBegins) {
  const Start start{Cursor{{5}, {17}}, 0};
  enter(1, kLobbyName, start);
  EXPECT_EQ(starts[1].after, start.after);
}

TEST_F(MembersHubTest, LetsAMemberInByAnInviteAndLaterWithoutIt) {
  enter(1, kOps);
  EXPECT_EQ(why_not_invited(1), NotInvited::Why::kNoInvite);
  const InviteHash invite = make_invite(1);
  enter(1, kOps, {}, invite);
  EXPECT_TRUE(told<Joined>(1).by_invitation);
  handle(HungUp{SessionId{1}});
  log_in(3, 1);
  enter(3, kOps);
  EXPECT_EQ(told<Joined>(3).name, "ops");
}

TEST_F(MembersHubTest, RefusesAnInviteThatIsSpentOverUnknownOrForAnotherRoom) {
  const InviteHash once = make_invite(1);
  enter(1, kOps, {}, once);
  enter(2, kOps, {}, once);
  EXPECT_EQ(why_not_invited(2), NotInvited::Why::kSpent);
  enter(2, kOps, {}, make_invite(1, Expiry{1}));
  EXPECT_EQ(why_not_invited(2), NotInvited::Why::kExpired);
  enter(2, kOps, {}, InviteHash{});
  EXPECT_EQ(why_not_invited(2), NotInvited::Why::kUnknown);
  enter(2, kOps, {}, make_invite(1, {}, RoomName{"tea"}));
  EXPECT_EQ(why_not_invited(2), NotInvited::Why::kOtherRoom);
}

TEST_F(MembersHubTest, GivesTheLastUseOfAnInviteToOneOfTwo) {
  const InviteHash once = make_invite(1);
  keeps_at_once = false;
  enter(1, kOps, {}, once);
  enter(2, kOps, {}, once);
  EXPECT_EQ(why_not_invited(2), NotInvited::Why::kSpent);
  keep_records();
  EXPECT_EQ(told<Joined>(1).name, "ops");
}

TEST_F(MembersHubTest, KeepsGuestsOutOfARoomByInvitation) {
  arrive(7);
  join(7, "ops");
  EXPECT_EQ(why_not_invited(7), NotInvited::Why::kGuest);
}

TEST_F(MembersHubTest, GivesTwoMembersARoomThatNobodyElseCanEnter) {
  const Direct with_bob{{"bob", "bob"}};
  const Direct with_ana{{"ana", "ana"}};
  enter(1, with_bob);
  EXPECT_EQ(told<Joined>(1).name, "@bob");
  enter(2, with_ana);
  EXPECT_EQ(told<Joined>(2).name, "@ana");
  say_in(1, with_bob, "psst");
  EXPECT_EQ(inbox[2], (Lines{"ana> psst"}));
  log_in(3, 3, "eve");
  enter(3, with_bob);
  say_in(3, with_bob, "who is there?");
  EXPECT_EQ(inbox[1], (Lines{})) << "each pair has its own room";
  say_in(2, with_ana, "hush", "2");
  EXPECT_EQ(inbox[1], (Lines{"bob> hush"}));
  EXPECT_EQ(inbox[3], (Lines{}));
}

TEST_F(MembersHubTest, KeepsARecordOnceHoweverOftenItIsAskedForMeanwhile) {
  keeps_at_once = false;
  for (int i = 0; i < 100; ++i) enter(1, Direct{{"bob", "bob"}});
  EXPECT_EQ(records.size(), 1U);
  events[1].clear();
  keep_records();
  EXPECT_EQ(events[1].size(), 100U) << "each is answered";
  // The last of several names is not forgotten either.
  for (const char* const name : {"a", "a", "b", "a"}) nick(1, name);
  EXPECT_EQ(records.size(), 3U);
  keep_records();
  EXPECT_EQ(hub.registry().nick_of(key_of(1))->shown, "a");
}

TEST_F(MembersHubTest, WaitsForSoManyRecordsOfOneSessionAtMost) {
  keeps_at_once = false;
  events[1].clear();
  for (std::size_t i = 0; i <= Limits{}.records_of_session; ++i) enter(1, Direct{{"bob", "bob"}});
  ASSERT_EQ(events[1].size(), 1U);
  EXPECT_TRUE(refused<TooFast>(1));
  keep_records();
  EXPECT_EQ(events[1].size(), 1 + Limits{}.records_of_session);
  EXPECT_EQ(told<Joined>(1).name, "@bob");
}

TEST(MembersHub, TellsAMemberWhoseNicknameIsKeptThatItIsFullOfMembers) {
  HubTestDriver world(Limits{.members = 1});
  world.keeps_at_once = false;
  world.log_in(1, 1, "ana");
  world.log_in(2, 2, "bob");
  world.keep_records();
  EXPECT_EQ(world.told<LoggedIn>(1).nick, "ana");
  ASSERT_TRUE(world.refused<ServerFull>(2));
  EXPECT_TRUE(std::get<ServerFull>(world.told<Refused>(2).refusal).of_members);
}

TEST_F(MembersHubTest, KnowsWhereAMemberHasMovedToDuringItsLogin) {
  keeps_at_once = false;
  log_in(3, 3, "eve");
  handle(Moved{SessionId{3}, "[10.9.9.9:1]"});
  keep_records();
  const auto online = hub.list(now);
  EXPECT_TRUE(std::any_of(online.begin(), online.end(),
                          [](const auto& one) { return one.address == "[10.9.9.9:1]"; }));
}

TEST_F(MembersHubTest, TellsWhoComesOnlineOfItsRoomsForTwo) {
  handle(HungUp{SessionId{2}});
  enter(1, Direct{{"bob", "bob"}});
  log_in(3, 2);
  EXPECT_EQ(told<LoggedIn>(3).requests, (Lines{"ana"}));
  EXPECT_EQ(told<LoggedIn>(3).direct_with, Lines{});
  enter(3, Direct{{"ana", "ana"}});
  log_in(4, 2);
  EXPECT_EQ(told<LoggedIn>(4).direct_with, (Lines{"ana"}));
}

TEST_F(MembersHubTest, KnowsNoRoomWithSomebodyWhoIsNoMember) {
  arrive(7);
  nick(7, "gus");
  enter(1, Direct{{"gus", "gus"}});
  EXPECT_TRUE(refused<NoSuchMember>(1));
}

/// Ana is session 1. Each stranger asks her, and she accepts that with her session 2.
struct AmongStrangers : HubTestDriver {
  explicit AmongStrangers(const Limits& limits) : HubTestDriver(limits) {
    log_in(1, 1, "ana");
    log_in(2, 1);
  }

  void come(std::uint8_t stranger) {
    const std::string nick = "stranger" + std::to_string(stranger);
    log_in(stranger, stranger, nick);
    enter(stranger, Direct{{"ana", "ana"}});
    ask(2, Contact{Contact::What::kAccept, Nick{nick, nick}});
  }
  /// The number of rooms she is in.
  std::size_t rooms_of_ana() const {
    std::size_t rooms = 0;
    for (const auto& [room, reading] : readers) {
      rooms += static_cast<std::size_t>(std::count(reading.begin(), reading.end(), 1U));
    }
    return rooms;
  }
};

TEST(MembersHub, PutsASessionIntoAFewRoomsOfOthersAndNoMore) {
  AmongStrangers world(Limits{.rooms_of_session = 4, .rooms_put_in = 2});
  for (std::uint8_t stranger = 10; stranger < 15; ++stranger) world.come(stranger);
  EXPECT_EQ(world.rooms_of_ana(), 2U);
  EXPECT_EQ(world.told<Joined>(14).name, "@ana") << "the opener is there anyway";
  world.enter(1, kLobbyName);
  EXPECT_EQ(world.told<Joined>(1).name, "lobby") << "her own requests still have space";
  world.ask(1, Leave{Direct{{"stranger10", "stranger10"}}});
  world.come(15);
  EXPECT_EQ(world.rooms_of_ana(), 3U) << "there is space again";
}

TEST(MembersHub, WelcomesWhomManyHaveOpenedARoomWithInAFrame) {
  HubTestDriver world;
  const MemberKey ana = HubTestDriver::key_of(1);
  world.log_in(1, 1, "ana");
  world.handle(HungUp{SessionId{1}});
  const auto come = [&](std::uint8_t high, std::uint8_t low, bool ana_opens) {
    MemberKey key;
    key.bytes = {9, high, low};
    const std::string nick = std::to_string(high) + "." + std::to_string(low);
    const std::string shown = nick + std::string(380 - nick.size(), 'x');
    world.handle(RecordKept{NickBound{key, {shown, nick}}});
    world.handle(RecordKept{ana_opens ? DirectOpened{ana, key} : DirectOpened{key, ana}});
  };
  come(7, 7, true);
  for (std::uint8_t stranger = 0; stranger < 250; ++stranger) come(1, stranger, false);
  world.log_in(2, 1);
  const auto& with = world.told<LoggedIn>(2).direct_with;
  std::size_t bytes = 0;
  for (const std::string& one : with) bytes += one.size();
  EXPECT_LT(bytes, std::size_t{60} << 10);
  ASSERT_GE(with.size(), 100U);
  EXPECT_TRUE(with.front().starts_with("7.7x")) << "the room she opened comes first";
  EXPECT_TRUE(with[1].starts_with("1.249x")) << "then the latest";
}

TEST(MembersHub, LetsOneMemberOpenAShareOfTheRooms) {
  HubTestDriver world(Limits{.rooms_of_session = 2, .rooms_of_member = 3});
  world.log_in(1, 1, "ana");
  world.log_in(2, 1);
  world.log_in(3, 2, "bob");
  world.enter(1, RoomName{"a"});
  world.enter(1, RoomName{"b"});
  world.enter(2, RoomName{"c"});
  world.enter(2, RoomName{"d"});
  EXPECT_TRUE(world.refused<InTooManyRooms>(2));
  world.enter(3, RoomName{"d"});
  world.enter(2, RoomName{"d"});
  EXPECT_EQ(world.told<Joined>(2).name, "d") << "it is open already";
}

TEST_F(MembersHubTest, KeepsAFewChangesOfNicknameAtOnce) {
  const auto take = [&](const std::string& nick) {
    ask(1, TakeNick{{nick, nick}});
    return events[1].back();
  };
  for (const char* nick : {"anna", "ana", "anna", "ana", "anna"}) {
    EXPECT_TRUE(std::holds_alternative<NickTaken>(take(nick)));
  }
  take("ana");
  EXPECT_TRUE(refused<TooManyRenames>(1));
  EXPECT_TRUE(std::holds_alternative<NickTaken>(take("anna"))) << "it is already shown by it";
  pass(std::chrono::minutes(6));
  EXPECT_TRUE(std::holds_alternative<NickTaken>(take("ana")));
}

TEST_F(MembersHubTest, TakesAnotherNicknameOnceItIsKept) {
  keeps_at_once = false;
  ask(1, TakeNick{{"anna", "anna"}});
  EXPECT_EQ(told<LoggedIn>(1).nick, "ana");
  keep_records();
  EXPECT_EQ(told<NickTaken>(1).shown, "anna");
  log_in(3, 3, "ana");
  EXPECT_TRUE(refused<NickInUse>(3)) << "the first stays hers";
}

TEST_F(MembersHubTest, MutesAMemberOnAllOfItsDevicesForAWhile) {
  enter(1, kLobbyName);
  order(Order::Verb::kMute, 1, std::chrono::minutes(5));
  log_in(3, 1);
  enter(3, kLobbyName);
  for (const std::uint64_t device : {1, 3}) {
    say_in(device, kLobbyName, "hello");
    EXPECT_TRUE(refused<Muted>(device));
  }
  pass(std::chrono::minutes(5));
  say_in(3, kLobbyName, "hello");
  EXPECT_EQ(told<Acknowledged>(3).number.value, 1U);
}

TEST_F(MembersHubTest, AnswersAPostThatWasKeptBeforeItsAuthorWasMutedOrTheRoomFrozen) {
  enter(1, kLobbyName);
  say_in(1, kLobbyName, "hello", "a");
  order(Order::Verb::kMute, 1, std::chrono::minutes(5));
  say_in(1, kLobbyName, "hello", "a");
  EXPECT_TRUE(told<Acknowledged>(1).repeated);
  say_in(1, kLobbyName, "more", "b");
  EXPECT_TRUE(refused<Muted>(1));
  pass(std::chrono::minutes(5));
  freeze(kLobbyName, true);
  say_in(1, kLobbyName, "hello", "a");
  EXPECT_TRUE(told<Acknowledged>(1).repeated);
  say_in(1, kLobbyName, "more", "b");
  EXPECT_TRUE(refused<RoomFrozen>(1));
  freeze(kLobbyName, false);
  say_in(1, kLobbyName, "more", "b");
  EXPECT_EQ(told<Acknowledged>(1).number.value, 2U) << "a refused post gets no number";
}

TEST_F(MembersHubTest, AnswersAPostThatWasKeptUnderAShorterNickname) {
  enter(1, kLobbyName);
  const std::string longest(1200 - std::string("ana> \n").size(), 'x');
  say_in(1, kLobbyName, longest, "a");
  ask(1, TakeNick{{"anastasia", "anastasia"}});
  say_in(1, kLobbyName, longest, "a");
  EXPECT_TRUE(told<Acknowledged>(1).repeated);
  say_in(1, kLobbyName, longest, "b");
  EXPECT_TRUE(refused<LineTooLong>(1));
}

TEST_F(MembersHubTest, NamesMembersByTheIdsOfTheirKeys) {
  log_in(2, 2, "ana");
  enter(2, RoomName{"lobby"});
  arrive(7);
  ask(7, Who{});
  const auto& people = told<Present>(7).people;
  ASSERT_EQ(people.size(), 2U);
  EXPECT_EQ(people[0].id, author_id_of(key_of(2)));
  EXPECT_EQ(people[1].id, AuthorId{}) << "a guest";
}

TEST_F(MembersHubTest, ShowsWhoIsAway) {
  enter(1, kLobbyName);
  enter(2, kLobbyName);
  ask(1, SetAway{"lunch"});
  ask(2, Who{kLobbyName});
  EXPECT_EQ(told<Present>(2).people[0].away, "lunch");
}

TEST_F(MembersHubTest, EndsTheFirstOfTooManySessionsOfAMember) {
  for (std::uint64_t session = 10; session < 25; ++session) log_in(session, 1);
  EXPECT_TRUE(gone.empty());
  log_in(25, 1);
  EXPECT_EQ(gone, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(told<Farewell>(1).why, Farewell::Why::kReplaced);
  EXPECT_EQ(told<LoggedIn>(25).nick, "ana");
}

TEST_F(MembersHubTest, LeavesEveryRoomOfASessionThatHangsUp) {
  enter(1, kLobbyName);
  enter(2, kLobbyName);
  handle(HungUp{SessionId{1}});
  ask(2, Who{kLobbyName});
  EXPECT_EQ(told<Present>(2).here, 1U);
  handle(HungUp{SessionId{2}});
  EXPECT_EQ(hub.rooms(), 0U);
  handle(HungUp{SessionId{2}});  // the second has no effect
}

TEST_F(MembersHubTest, ForgetsWhoHangsUpWhileItsNicknameIsBeingKept) {
  keeps_at_once = false;
  log_in(3, 3, "eve");
  handle(HungUp{SessionId{3}});
  keep_records();
  EXPECT_TRUE(events[3].empty());
  log_in(4, 3);
  EXPECT_EQ(told<LoggedIn>(4).nick, "eve") << "the record was kept";
}

TEST_F(MembersHubTest, DoesNotWatchAMembersSilence) {
  enter(1, kLobbyName);
  pass(std::chrono::hours(24));
  EXPECT_EQ(hub.online(), 2U);
}

TEST_F(MembersHubTest, ReadsAnewWhereAMemberEntersARoomWhereItIs) {
  enter(1, kLobbyName);
  enter(1, kLobbyName, Start{std::nullopt, 20});
  EXPECT_EQ(told<Joined>(1).others, 0U);
  EXPECT_EQ(starts[1].last, 20U);
  EXPECT_EQ(readers[told<Joined>(1).room.value].size(), 1U);
}

}  // namespace
}  // namespace palabre::chat
