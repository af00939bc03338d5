#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "drivers/hub_driver.h"

namespace palabre::chat {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using Verb = Order::Verb;

const RoomName kDen{"den"};
const RoomName kLobbyRoom{std::string(kLobby)};

// The sessions, which are also the numbers of the members' keys.
constexpr std::uint64_t kGuest = 1;
constexpr std::uint8_t kPlainMember = 2;
constexpr std::uint8_t kFounder = 3;
constexpr std::uint8_t kRoomOperator = 4;
constexpr std::uint8_t kServerOperator = 5;
constexpr std::uint8_t kFormerOperator = 6;
constexpr std::uint8_t kVictim = 7;
constexpr std::uint64_t kMachine = 100;  // no session: the control socket

Keeping all_is_kept() { return {.promise = {.kept = true}}; }

/// A room with its founder, its operator, an operator of the server, one who was it, and others.
class OrdersTest : public HubTestDriver, public testing::Test {
 protected:
  OrdersTest() : HubTestDriver({}, all_is_kept(), {{{"vault"}}}) {
    history_is_on_disk = true;
    arrive(kGuest);
    join(kGuest, "lobby");
    for (const std::uint8_t member :
         {kFounder, kPlainMember, kRoomOperator, kServerOperator, kFormerOperator, kVictim}) {
      log_in(member, member, "m" + std::to_string(member));
      enter(member, kDen);
    }
    join(kGuest, "den");
    say_in(kFounder, kDen, "mine", "first");
    give(kFounder, Order{.verb = Verb::kAppoint, .whom = target_of(kRoomOperator), .room = kDen});
    order(Verb::kAppoint, kServerOperator);
    order(Verb::kAppoint, kFormerOperator);
    order(Verb::kDismiss, kFormerOperator);
  }

  void give(std::uint64_t by, Order order) {
    if (by == kMachine) return operate(std::move(order));
    ask(by, std::move(order));
  }
  /// The order with arguments that make sense.
  Order example(Verb verb) const {
    Order order{.verb = verb, .room = kDen};
    const OrderRow& row = row_of(verb);
    if (row.needs_whom) order.whom = target_of(kVictim);
    if (row.needs_number) order.number = verb == Verb::kUndo ? undoable : 1;
    order.is_here = verb == Verb::kAppoint;  // everywhere it is for the machine
    return order;
  }
  /// Whether the order was carried out; nothing: it was not answered.
  std::optional<bool> done(std::uint64_t by) const {
    if (by == kMachine) {
      if (answers.empty()) return std::nullopt;
      return !std::holds_alternative<Refused>(answers.back());
    }
    const auto& told = events.at(by);
    if (told.empty()) return std::nullopt;
    return std::holds_alternative<Ruled>(told.back());
  }
  const Decisions& decisions() const { return hub.registry().decisions(); }

  std::uint64_t undoable = 0;
};

struct Actor {
  std::uint64_t session;
  Rank rank;
};
const std::vector<Actor> kActors{
    {kGuest, Rank::kGuest},           {kPlainMember, Rank::kMember},
    {kFormerOperator, Rank::kMember}, {kRoomOperator, Rank::kRoomOperator},
    {kFounder, Rank::kFounder},       {kServerOperator, Rank::kServerOperator},
    {kMachine, Rank::kMachine}};

/// One stage for each cell, since an order changes what the next one may do.
class OrdersMatrix : public OrdersTest,
                     public testing::WithParamInterface<std::tuple<std::size_t, std::size_t>> {};

TEST_P(OrdersMatrix, AllowsARankWhatItsRowSays) {
  const OrderRow& row = kOrders.at(std::get<0>(GetParam()));
  const Actor& actor = kActors.at(std::get<1>(GetParam()));
  // Something to take back.
  give(kRoomOperator, Order{.verb = Verb::kMute, .whom = target_of(kVictim), .room = kDen});
  undoable = kept;
  give(kRoomOperator, Order{.verb = Verb::kBan, .whom = target_of(kVictim), .room = kDen});
  give(kRoomOperator, Order{.verb = Verb::kFreeze, .room = kDen});
  if (row.verb == Verb::kDismiss) {
    give(kFounder, Order{.verb = Verb::kAppoint, .whom = target_of(kVictim), .room = kDen});
  }
  if (row.verb == Verb::kUnmarkBot) order(Verb::kMarkBot, kVictim);
  const std::size_t before = all_records.size();
  give(actor.session, example(row.verb));
  ASSERT_TRUE(done(actor.session));
  EXPECT_EQ(*done(actor.session), actor.rank >= row.least);
  const bool asks = row.verb == Verb::kOperators || row.verb == Verb::kDecisions;
  EXPECT_EQ(all_records.size() > before, actor.rank >= row.least && !asks) << "it is recorded";
}

std::string name_of_cell(const testing::TestParamInfo<std::tuple<std::size_t, std::size_t>>& cell) {
  return "Verb" + std::to_string(std::get<0>(cell.param)) + "By" +
         std::to_string(std::get<1>(cell.param));
}
INSTANTIATE_TEST_SUITE_P(Everybody, OrdersMatrix,
                         testing::Combine(testing::Range(std::size_t{0}, kOrders.size()),
                                          testing::Range(std::size_t{0}, kActors.size())),
                         name_of_cell);

TEST_F(OrdersTest, EveryVerbHasOneRow) {
  std::map<Verb, int> rows;
  for (const OrderRow& row : kOrders) ++rows[row.verb];
  for (const auto& [verb, count] : rows) {
    EXPECT_EQ(count, 1);
    EXPECT_EQ(row_of(verb).verb, verb);
  }
  EXPECT_EQ(rows.size(), static_cast<std::size_t>(Verb::kDecisions) + 1);
}

TEST_F(OrdersTest, TheMemberWhoMakesARoomIsItsOperatorForGood) {
  EXPECT_EQ(hub.registry().founder_of(kDen), key_of(kFounder));
  EXPECT_FALSE(hub.registry().founder_of(kLobbyRoom));
  // A room that had messages before has no new founder.
  for (const std::uint8_t member :
       {kFounder, kPlainMember, kRoomOperator, kServerOperator, kFormerOperator, kVictim}) {
    ask(member, Leave{kDen});
  }
  join(kGuest, "lobby");
  enter(kPlainMember, kDen);
  say_in(kPlainMember, kDen, "mine now?", "x");
  EXPECT_EQ(hub.registry().founder_of(kDen), key_of(kFounder));
  enter(kFounder, kDen);
  give(kFounder, Order{.verb = Verb::kFreeze, .room = kDen});
  EXPECT_TRUE(told<Ruled>(kFounder).number.value > 0);
}

TEST_F(OrdersTest, ARoomsOperatorActsInItsRoomAlone) {
  enter(kVictim, kLobbyRoom);
  give(kRoomOperator, Order{.verb = Verb::kKick, .whom = target_of(kVictim), .room = kDen});
  EXPECT_EQ(told<Ruled>(kRoomOperator).room, "den");
  const auto& left = told<HasLeft>(kVictim);
  ASSERT_TRUE(left.why);
  EXPECT_EQ(left.why->room, "den");
  EXPECT_TRUE(gone.empty());
  say_in(kVictim, kLobbyRoom, "still here", "a");
  EXPECT_EQ(told<Acknowledged>(kVictim).number.value, 1U);
  enter(kVictim, kDen);
  EXPECT_EQ(told<Joined>(kVictim).name, "den") << "a kick lasts a moment";
  give(kRoomOperator, Order{.verb = Verb::kKick, .whom = target_of(kVictim), .room = kLobbyRoom});
  EXPECT_TRUE(refused<NotOperator>(kRoomOperator));
}

TEST_F(OrdersTest, AnOperatorOfTheServerActsEverywhereOnAllDevices) {
  log_in(20, kVictim);
  enter(20, kLobbyRoom);
  give(kServerOperator, Order{.verb = Verb::kKick, .whom = target_of(kVictim), .room = kDen});
  EXPECT_EQ(told<Ruled>(kServerOperator).ended.size(), 2U);
  EXPECT_EQ(told<Farewell>(kVictim).why, Farewell::Why::kKicked);
  EXPECT_EQ(told<Farewell>(20).why, Farewell::Why::kKicked);
}

TEST_F(OrdersTest, AnOperatorOfTheServerIsNamedOnItsMachineAlone) {
  give(kServerOperator, Order{.verb = Verb::kAppoint, .whom = target_of(kVictim), .room = kDen});
  EXPECT_TRUE(refused<NotOperator>(kServerOperator));
  EXPECT_FALSE(hub.registry().is_operator({{}, key_of(kVictim)}));
  give(kServerOperator,
       Order{.verb = Verb::kAppoint, .whom = target_of(kVictim), .room = kDen, .is_here = true});
  EXPECT_EQ(told<Ruled>(kServerOperator).room, "den");
  EXPECT_FALSE(hub.registry().is_operator({{}, key_of(kVictim)}));
  operate(Order{.verb = Verb::kAppoint, .whom = target_of(kVictim)});
  EXPECT_TRUE(hub.registry().is_operator({{}, key_of(kVictim)}));
}

TEST_F(OrdersTest, NobodyActsOnSomebodyOfTheSameRankOrAHigherOne) {
  log_in(20, 20, "second");
  enter(20, kDen);
  give(kFounder, Order{.verb = Verb::kAppoint, .whom = target_of(20), .room = kDen});
  for (const std::uint64_t above :
       {std::uint64_t{20}, std::uint64_t{kFounder}, std::uint64_t{kServerOperator}}) {
    give(kRoomOperator, Order{.verb = Verb::kMute, .whom = target_of(above), .room = kDen});
    EXPECT_TRUE(refused<Outranked>(kRoomOperator)) << above;
  }
  give(kFounder, Order{.verb = Verb::kDismiss, .whom = target_of(20), .room = kDen});
  EXPECT_EQ(told<Ruled>(kFounder).verb, Verb::kDismiss);
  give(kRoomOperator, Order{.verb = Verb::kMute, .whom = target_of(20), .room = kDen});
  EXPECT_GT(told<Ruled>(kRoomOperator).number.value, 0U);
}

TEST_F(OrdersTest, ABannedMemberIsOutOnEveryDeviceAndCannotLogIn) {
  operate(Order{.verb = Verb::kBan, .whom = target_of(kVictim), .lasts = 1h, .why = "spam"});
  EXPECT_EQ(told<Farewell>(kVictim).why, Farewell::Why::kBanned);
  EXPECT_EQ(told<Farewell>(kVictim).reason, "spam");
  log_in(20, kVictim);
  const auto& refused = std::get<Banned>(told<Refused>(20).refusal);
  EXPECT_EQ(refused.left, 3600s);
  EXPECT_EQ(refused.why, "spam");
  pass(1h);
  log_in(21, kVictim);
  EXPECT_EQ(told<LoggedIn>(21).nick, "m7");
}

TEST_F(OrdersTest, ABanFromARoomKeepsOutOfItAlone) {
  give(kRoomOperator, Order{.verb = Verb::kBan, .whom = target_of(kVictim), .room = kDen});
  EXPECT_TRUE(told<HasLeft>(kVictim).why);
  enter(kVictim, kDen);
  EXPECT_TRUE(refused<Banned>(kVictim));
  enter(kVictim, kLobbyRoom);
  EXPECT_EQ(told<Joined>(kVictim).name, "lobby");
  give(kRoomOperator, Order{.verb = Verb::kUnban, .whom = target_of(kVictim), .room = kDen});
  EXPECT_EQ(told<Ruled>(kRoomOperator).taken_back, 1U);
  enter(kVictim, kDen);
  EXPECT_EQ(told<Joined>(kVictim).name, "den");
}

TEST_F(OrdersTest, AGuestThatIsPutOutOfARoomIsInTheLobby) {
  give(kRoomOperator, Order{.verb = Verb::kKick, .whom = target_of(kGuest), .room = kDen});
  EXPECT_EQ(told<Joined>(kGuest).name, "lobby");
  EXPECT_EQ(told<Ruled>(kRoomOperator).ended.size(), 1U);
}

TEST_F(OrdersTest, ABanOfAGuestIsOfItsAddressWithEverybodyThere) {
  handle(Arrive{SessionId{30}, {"[10.0.0.1:9]", std::nullopt, *Ip::parse("10.0.0.1")}});
  operate(Order{.verb = Verb::kBan, .whom = target_of(kGuest)});
  ASSERT_EQ(banned.size(), 1U);
  EXPECT_EQ(to_text(banned[0].network), "10.0.0.1");
  EXPECT_EQ(banned[0].until, now + 10min);
  EXPECT_EQ(told<Farewell>(30).why, Farewell::Why::kBanned);
  pass(10min);
  ASSERT_EQ(banned.size(), 2U);
  EXPECT_FALSE(banned[1].until) << "the doors are told that it is over";
}

TEST_F(OrdersTest, ABanOfALinkLocalGuestIsOfNobodyElse) {
  for (const std::uint64_t id : {30U, 31U}) {
    const std::string ip = "fe80::" + std::to_string(id);
    handle(Arrive{SessionId{id}, {"[" + ip + "%2:9]", std::nullopt, *Ip::parse(ip)}});
  }
  nick(30, "zed");
  operate(Order{.verb = Verb::kBan, .whom = Target{Nick{"zed", "zed"}}});
  ASSERT_EQ(banned.size(), 1U);
  EXPECT_EQ(to_text(banned[0].network), "fe80::30");
  EXPECT_EQ(told<Farewell>(30).why, Farewell::Why::kBanned);
  EXPECT_TRUE(std::holds_alternative<Welcome>(events[31].back()));
}

TEST_F(OrdersTest, ABanFromARoomHoldsForAGuestWhoReturns) {
  const Identity guest{address_of(kGuest), std::nullopt, *Ip::parse("10.0.0.1")};
  const Target target{*Network::parse("10.0.0.1")};
  handle(HungUp{SessionId{kGuest}});
  operate(Order{.verb = Verb::kBan, .whom = target, .room = kDen, .is_here = true});
  handle(Arrive{SessionId{30}, guest});
  EXPECT_EQ(told<Welcome>(30).room, kLobbyRoom);
  handle(HungUp{SessionId{30}});
  operate(Order{.verb = Verb::kBan, .whom = target, .room = kLobbyRoom, .is_here = true});
  handle(Arrive{SessionId{31}, guest});
  EXPECT_TRUE(refused<Banned>(31));
  EXPECT_EQ(gone.back(), 31U);
}

TEST_F(OrdersTest, AnOperatorOfARoomLearnsNoAddressByGuessing) {
  Identity identity{"[203.0.113.9:5]", std::nullopt, *Ip::parse("203.0.113.9")};
  identity.cloak = "guest-7kq2*";
  handle(Arrive{SessionId{30}, identity});
  const Address guessed = *Address::parse("203.0.113.9", 5);
  for (const Verb verb : {Verb::kMute, Verb::kKick}) {
    give(kFounder, Order{.verb = verb, .whom = Target{guessed}, .room = kDen});
    EXPECT_TRUE(refused<NobodyThere>(kFounder));
    operate(Order{.verb = verb, .whom = Target{guessed}});
    EXPECT_TRUE(std::holds_alternative<Ruled>(answers.back()));
  }
}

TEST_F(OrdersTest, AnOperatorOfARoomFillsNoTableAtOnce) {
  int carried_out = 0;
  for (int i = 0; i < 200; ++i) {
    give(kFounder, Order{.verb = i % 2 == 0 ? Verb::kFreeze : Verb::kThaw, .room = kDen});
    carried_out += done(kFounder).value() ? 1 : 0;
  }
  EXPECT_EQ(carried_out, 99) << "one was for the appointment";
  EXPECT_TRUE(refused<TooFast>(kFounder));
  give(kServerOperator, Order{.verb = Verb::kThaw, .room = kDen});
  EXPECT_TRUE(*done(kServerOperator));
}

TEST_F(OrdersTest, AMuteCoversEverythingThatOthersWouldSee) {
  operate(Order{.verb = Verb::kMute, .whom = target_of(kVictim)});
  for (const Request& heard :
       {Request(Post{.room = kDen, .text = "x", .id = MessageId{"m"}}),
        Request(SetTopic{kDen, "more"}), Request(SetAway{"out"}), Request(TakeNick{{"x", "x"}})}) {
    ask(kVictim, heard);
    EXPECT_TRUE(refused<Muted>(kVictim)) << heard.index();
  }
  order(Verb::kUnmute, kVictim);
  say_in(kVictim, kDen, "thanks", "t");
  EXPECT_EQ(told<Acknowledged>(kVictim).number.value, 2U);
}

TEST_F(OrdersTest, AMuteInARoomHoldsThereAlone) {
  enter(kVictim, kLobbyRoom);
  give(kRoomOperator, Order{.verb = Verb::kMute, .whom = target_of(kVictim), .room = kDen});
  say_in(kVictim, kDen, "x", "a");
  EXPECT_TRUE(refused<Muted>(kVictim));
  say_in(kVictim, kLobbyRoom, "y", "b");
  EXPECT_EQ(told<Acknowledged>(kVictim).number.value, 1U);
}

TEST_F(OrdersTest, ALaterDecisionOfTheSameKindTakesThePlaceOfTheEarlier) {
  order(Verb::kMute, kVictim, 1h);
  order(Verb::kMute, kVictim, 1s);
  EXPECT_EQ(decisions().about<Mute>(key_of(kVictim)).size(), 1U);
  pass(1s);
  say_in(kVictim, kDen, "free", "f");
  EXPECT_EQ(told<Acknowledged>(kVictim).number.value, 2U);
}

TEST_F(OrdersTest, ASlowRoomGivesEverybodyATurnButItsOperators) {
  give(kFounder, Order{.verb = Verb::kSlow, .room = kDen, .number = 10});
  EXPECT_EQ(std::get<Slow>(told<RoomChanged>(kVictim).fact).seconds, 10U);
  say_in(kVictim, kDen, "one", "1");
  say_in(kVictim, kDen, "two", "2");
  const auto turn = std::get<NotYourTurn>(told<Refused>(kVictim).refusal);
  EXPECT_EQ(turn.every, 10U);
  EXPECT_EQ(turn.wait, 10U);
  say_in(kVictim, kDen, "one", "1");
  EXPECT_TRUE(refused<NotYourTurn>(kVictim) || told<Acknowledged>(kVictim).repeated);
  say_in(kPlainMember, kDen, "another's turn", "1");
  EXPECT_GT(told<Acknowledged>(kPlainMember).number.value, 1U);
  for (const char* id : {"a", "b", "c"}) {
    say_in(kFounder, kDen, "as I like", id);
    EXPECT_EQ(told<Acknowledged>(kFounder).id->text, id);
  }
  pass(10s);
  say_in(kVictim, kDen, "two", "2");
  EXPECT_EQ(told<Acknowledged>(kVictim).id->text, "2");
  give(kFounder, Order{.verb = Verb::kSlow, .room = kDen, .number = 0});
  say_in(kVictim, kDen, "three", "3");
  say_in(kVictim, kDen, "four", "4");
  EXPECT_EQ(told<Acknowledged>(kVictim).id->text, "4");
}

TEST_F(OrdersTest, APostThatTheDiskRefusesGivesItsTurnBack) {
  give(kFounder, Order{.verb = Verb::kSlow, .room = kDen, .number = 10});
  say_in(kVictim, kDen, "one", "1");
  handle(NotKept{drafts.back(), Trouble::kDiskFull});
  say_in(kVictim, kDen, "one", "1");
  EXPECT_EQ(drafts.back().bar, Draft::Bar::kNone) << "its retry";
  say_in(kVictim, kDen, "two", "2");
  EXPECT_EQ(drafts.back().bar, Draft::Bar::kSlow);
  handle(NotKept{drafts.back(), Trouble::kBarred});
  say_in(kVictim, kDen, "two", "2");
  EXPECT_EQ(drafts.back().bar, Draft::Bar::kSlow) << "it had no turn to give back";
}

TEST_F(OrdersTest, AFreezeEndsWithItsTime) {
  give(kFounder, Order{.verb = Verb::kFreeze, .room = kDen, .lasts = 60s});
  say_in(kVictim, kDen, "x", "x");
  EXPECT_TRUE(refused<RoomFrozen>(kVictim));
  pass(60s);
  say_in(kVictim, kDen, "x", "x");
  EXPECT_EQ(told<Acknowledged>(kVictim).id->text, "x");
}

TEST_F(OrdersTest, AnyDecisionInForceCanBeTakenBack) {
  give(kRoomOperator, Order{.verb = Verb::kFreeze, .room = kDen});
  const Number freeze = told<Ruled>(kRoomOperator).number;
  give(kFounder, Order{.verb = Verb::kUndo, .room = kDen, .number = freeze.value});
  say_in(kVictim, kDen, "x", "x");
  EXPECT_EQ(told<Acknowledged>(kVictim).id->text, "x");
  order(Verb::kMute, kVictim);
  const Number mute{kept};
  give(kRoomOperator, Order{.verb = Verb::kUndo, .room = kDen, .number = mute.value});
  EXPECT_TRUE(refused<NoSuchDecision>(kRoomOperator)) << "it is not of this room";
  operate(Order{.verb = Verb::kUndo, .number = mute.value});
  EXPECT_EQ(decisions().about<Mute>(key_of(kVictim)).size(), 0U);
  operate(Order{.verb = Verb::kUndo, .number = mute.value});
  EXPECT_TRUE(std::holds_alternative<NoSuchDecision>(std::get<Refused>(answers.back()).refusal));
}

TEST_F(OrdersTest, AnExpelledMemberNeedsAnotherInvite) {
  const RoomName vault{"vault"};
  operate(MakeInvite{{InviteHash{}, vault, {}, 2}});
  enter(kVictim, vault, {}, InviteHash{});
  ASSERT_EQ(told<Joined>(kVictim).name, "vault");
  operate(Order{.verb = Verb::kExpel, .whom = target_of(kVictim), .room = vault});
  EXPECT_TRUE(told<HasLeft>(kVictim).why);
  enter(kVictim, vault);
  EXPECT_TRUE(refused<NotInvited>(kVictim));
}

TEST_F(OrdersTest, NobodyEndsWhatAHigherRankDecidedNorWhatIsAboutThemselves) {
  const auto is_outranked = [&](std::uint64_t by, Order order) {
    give(by, std::move(order));
    return refused<Outranked>(by);
  };
  operate(
      Order{.verb = Verb::kMute, .whom = target_of(kRoomOperator), .room = kDen, .is_here = true});
  EXPECT_TRUE(is_outranked(kRoomOperator, {.verb = Verb::kUndo, .room = kDen, .number = kept}));
  operate(Order{.verb = Verb::kFreeze, .room = kDen});
  for (const Order& order : {Order{.verb = Verb::kThaw, .room = kDen},
                             Order{.verb = Verb::kUndo, .room = kDen, .number = kept},
                             Order{.verb = Verb::kFreeze, .room = kDen, .lasts = 1s}}) {
    EXPECT_TRUE(is_outranked(kFounder, order)) << static_cast<int>(order.verb);
  }
  operate(Order{.verb = Verb::kBan, .whom = target_of(kVictim), .room = kDen, .is_here = true});
  for (const Verb verb : {Verb::kUnban, Verb::kBan}) {
    EXPECT_TRUE(is_outranked(kFounder, {.verb = verb, .whom = target_of(kVictim), .room = kDen}));
  }
  give(kServerOperator, Order{.verb = Verb::kThaw, .room = kDen});
  EXPECT_TRUE(*done(kServerOperator));
}

TEST_F(OrdersTest, AnAppointmentEndsByTheRankThatMayDismiss) {
  log_in(20, 20, "second");
  enter(20, kDen);
  give(kFounder, Order{.verb = Verb::kAppoint, .whom = target_of(20), .room = kDen});
  const std::uint64_t appointment = told<Ruled>(kFounder).number.value;
  give(kRoomOperator, Order{.verb = Verb::kUndo, .room = kDen, .number = appointment});
  EXPECT_TRUE(refused<Outranked>(kRoomOperator));
  order(Verb::kAppoint, kVictim);
  give(kServerOperator, Order{.verb = Verb::kUndo, .number = kept});
  EXPECT_TRUE(refused<Outranked>(kServerOperator)) << "it is of the machine";
  give(20, Order{.verb = Verb::kUndo, .room = kDen, .number = appointment});
  EXPECT_EQ(told<Ruled>(20).taken_back, 1U) << "one may step back";
}

TEST_F(OrdersTest, AFounderWhoIsDismissedIsNoneThoughTheRoomIsOpen) {
  operate(
      Order{.verb = Verb::kDismiss, .whom = target_of(kFounder), .room = kDen, .is_here = true});
  give(kFounder, Order{.verb = Verb::kFreeze, .room = kDen});
  EXPECT_TRUE(refused<NotOperator>(kFounder));
  const RoomName attic{"attic"};  // where nobody has said anything
  enter(kPlainMember, attic);
  operate(Order{
      .verb = Verb::kDismiss, .whom = target_of(kPlainMember), .room = attic, .is_here = true});
  EXPECT_TRUE(std::holds_alternative<Ruled>(answers.back()));
  give(kPlainMember, Order{.verb = Verb::kFreeze, .room = attic});
  EXPECT_TRUE(refused<NotOperator>(kPlainMember));
}

TEST_F(OrdersTest, AFounderIsRecordedWithItsFirstDecisionThatLasts) {
  const RoomName attic{"attic"};
  enter(kPlainMember, attic);
  give(kPlainMember, Order{.verb = Verb::kFreeze, .room = attic});
  EXPECT_EQ(hub.registry().founder_of(attic), key_of(kPlainMember));
}

TEST_F(OrdersTest, AnOperatorWhoIsBannedDecidesNothingMore) {
  operate(
      Order{.verb = Verb::kBan, .whom = target_of(kRoomOperator), .room = kDen, .is_here = true});
  for (const Verb verb : {Verb::kDecisions, Verb::kFreeze}) {
    give(kRoomOperator, Order{.verb = verb, .room = kDen});
    EXPECT_TRUE(refused<NotOperator>(kRoomOperator));
  }
}

TEST_F(OrdersTest, ARoomByInvitationTellsItsOperatorsToNobodyElse) {
  const RoomName vault{"vault"};
  operate(MakeInvite{{InviteHash{}, vault, {}, 1}});
  enter(kVictim, vault, {}, InviteHash{});
  operate(
      Order{.verb = Verb::kAppoint, .whom = target_of(kVictim), .room = vault, .is_here = true});
  give(kPlainMember, Order{.verb = Verb::kOperators, .room = vault});
  EXPECT_TRUE(refused<NotJoined>(kPlainMember));
  give(kPlainMember, Order{.verb = Verb::kOperators});
  for (const auto& line : told<Ruled>(kPlainMember).lines) EXPECT_NE(line.room, "vault");
}

TEST_F(OrdersTest, AMessageThatIsNotThereIsNotSaidToBeRemoved) {
  for (const std::uint64_t number : {0U, 2U}) {
    give(kFounder, Order{.verb = Verb::kDelete, .room = kDen, .number = number});
    EXPECT_TRUE(refused<NoSuchMessage>(kFounder)) << number;
  }
  give(kFounder, Order{.verb = Verb::kDelete, .room = kDen, .number = 1});
  EXPECT_TRUE(*done(kFounder));
  give(kFounder, Order{.verb = Verb::kDelete, .room = kDen, .number = 1});
  EXPECT_TRUE(refused<NoSuchMessage>(kFounder)) << "it is gone already";
}

TEST_F(OrdersTest, WhatIsTakenBackEverywhereLeavesRoomsTheirDecisions) {
  give(kRoomOperator, Order{.verb = Verb::kMute, .whom = target_of(kVictim), .room = kDen});
  order(Verb::kMute, kVictim);
  order(Verb::kUnmute, kVictim);
  EXPECT_EQ(decisions().about<Mute>(key_of(kVictim)).size(), 1U);
  order(Verb::kUnmute, kVictim);
  EXPECT_EQ(decisions().about<Mute>(key_of(kVictim)).size(), 0U) << "there is nothing else";
}

TEST_F(OrdersTest, AnOrderAboutWhatIsBeingDecidedWaits) {
  keeps_at_once = false;
  give(kFounder, Order{.verb = Verb::kFreeze, .room = kDen});
  give(kFounder, Order{.verb = Verb::kThaw, .room = kDen});
  EXPECT_TRUE(refused<TooFast>(kFounder));
  keep_records();
  EXPECT_TRUE(hub.registry().facts_of(kDen).frozen);
  const std::uint64_t freeze = kept;
  give(kFounder, Order{.verb = Verb::kUndo, .room = kDen, .number = freeze});
  give(kServerOperator, Order{.verb = Verb::kUndo, .number = freeze});
  keep_records();
  EXPECT_EQ(told<Ruled>(kFounder).taken_back, 1U);
  EXPECT_TRUE(refused<NoSuchDecision>(kServerOperator));
}

TEST_F(OrdersTest, TheLinkThatAnExpelledMemberHasIsNoLongerGoodForIt) {
  const RoomName vault{"vault"};
  const InviteHash before{{1}};
  const InviteHash after{{2}};
  operate(MakeInvite{{before, vault, {}, 5}});
  enter(kVictim, vault, {}, before);
  operate(Order{.verb = Verb::kExpel, .whom = target_of(kVictim), .room = vault});
  enter(kVictim, vault, {}, before);
  EXPECT_TRUE(refused<NotInvited>(kVictim));
  enter(kPlainMember, vault, {}, before);
  EXPECT_EQ(told<Joined>(kPlainMember).name, "vault") << "it is still good for others";
  HubTestDriver again(Starting{}, {}, all_is_kept(), {{{"vault"}}});
  again.read_registry_of(*this);
  again.log_in(1, kVictim);
  again.enter(1, vault, {}, before);
  EXPECT_TRUE(again.refused<NotInvited>(1)) << "after a restart";
  operate(MakeInvite{{after, vault, {}, 1}});
  enter(kVictim, vault, {}, after);
  EXPECT_EQ(told<Joined>(kVictim).name, "vault") << "invited again";
}

TEST_F(OrdersTest, EverythingIsInForceAgainAfterARestart) {
  order(Verb::kBan, kPlainMember, 1h);
  order(Verb::kMute, kVictim, 1h);
  give(kFounder, Order{.verb = Verb::kSlow, .room = kDen, .number = 10});
  operate(Order{.verb = Verb::kBan, .whom = Target{*Network::parse("2001:db8::/64")}, .lasts = 1h});
  HubTestDriver again(Starting{}, {}, all_is_kept());
  again.handle(WallClock{WallTime{60'000'000}});
  again.read_registry_of(*this);
  EXPECT_EQ(again.hub.registry().decisions().in_force().size(), decisions().in_force().size());
  ASSERT_EQ(again.banned.size(), 1U);
  EXPECT_EQ(to_text(again.banned[0].network), "2001:db8::/64");
  again.log_in(1, kPlainMember);
  EXPECT_TRUE(again.refused<Banned>(1));
  again.log_in(2, kVictim);
  again.enter(2, kDen);
  EXPECT_EQ(again.told<Joined>(2).facts.slow.seconds, 10U);
  again.say_in(2, kDen, "x");
  EXPECT_TRUE(again.refused<Muted>(2));
  again.log_in(3, kServerOperator);
  again.ask(3, Order{.verb = Verb::kUnmute, .whom = again.target_of(2)});
  again.say_in(2, kDen, "x");
  EXPECT_GT(again.told<Acknowledged>(2).number.value, 0U);
}

TEST_F(OrdersTest, ListsWhatWasDecidedAndByWhom) {
  give(kRoomOperator,
       Order{.verb = Verb::kMute, .whom = target_of(kVictim), .room = kDen, .why = "shouting"});
  order(Verb::kBan, kPlainMember);
  give(kRoomOperator, Order{.verb = Verb::kDecisions, .room = kDen});
  const auto& seen = told<Ruled>(kRoomOperator);
  for (const auto& line : seen.lines) EXPECT_EQ(line.room, "den") << "no other room's";
  EXPECT_EQ(seen.lines.back().by, "m4");
  EXPECT_EQ(seen.lines.back().decision.why, "shouting");
  operate(Order{.verb = Verb::kDecisions});
  EXPECT_GT(std::get<Ruled>(answers.back()).lines.size(), seen.lines.size());
  give(kGuest, Order{.verb = Verb::kOperators});
  const auto& operators = told<Ruled>(kGuest);
  ASSERT_EQ(operators.lines.size(), 3U) << "the founder, the room's and the server's";
  EXPECT_EQ(operators.lines[0].number.value, 0U);
}

TEST_F(OrdersTest, RoomsOperatorsSeeNoAddresses) {
  give(kRoomOperator, Order{.verb = Verb::kMute, .whom = target_of(kGuest), .room = kDen});
  nick(kGuest, "awa");
  give(kRoomOperator, Order{.verb = Verb::kKick, .whom = Target{Nick{"awa", "awa"}}, .room = kDen});
  const auto& ruled = told<Ruled>(kRoomOperator);
  EXPECT_EQ(ruled.whom.find("10.0.0."), std::string::npos) << ruled.whom;
  for (const std::string& one : ruled.ended) EXPECT_EQ(one.find("10.0.0."), std::string::npos);
}

}  // namespace
}  // namespace palabre::chat
