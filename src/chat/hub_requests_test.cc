#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "drivers/hub_driver.h"

// Every session may make every request, whatever its door: the ones it has no right to are refused.

namespace palabre::chat {
namespace {

constexpr std::uint64_t kOne = 1;  // the asking session
constexpr std::uint64_t kBob = 2;
constexpr std::uint64_t kGus = 3;
const RoomName kLobbyName{"lobby"};
const RoomName kTea{"tea"};
const RoomName kScratch{"scratch"};  // a memory room
const RoomName kOps{"ops"};          // by invitation

InviteHash hash_of(std::uint8_t invite) {
  InviteHash hash;
  hash.bytes.fill(invite);
  return hash;
}
constexpr std::uint8_t kGood = 1;
constexpr std::uint8_t kSpent = 2;
constexpr std::uint8_t kExpired = 3;
constexpr std::uint8_t kForTea = 4;
constexpr std::uint8_t kUnknown = 5;

Nick nick_of(const std::string& name) { return {name, name}; }

std::vector<std::optional<RoomRef>> all_rooms() {
  std::vector<std::optional<RoomRef>> rooms{std::nullopt};
  for (const RoomName& name : {kLobbyName, kTea, kScratch, kOps, RoomName{"nowhere"}}) {
    rooms.emplace_back(name);
  }
  for (const char* with : {"ana", "bob", "gus", "nobody"})
    rooms.emplace_back(Direct{nick_of(with)});
  return rooms;
}

void add_joins(std::vector<Request>& all, const RoomRef& room) {
  const Start starts[] = {{}, {std::nullopt, 20}, {Cursor{{1}, {3}}, 0}};
  for (const Start& start : starts) all.emplace_back(Join{room, start});
  for (const std::uint8_t invite : {kGood, kSpent, kExpired, kForTea, kUnknown}) {
    all.emplace_back(Join{room, {}, hash_of(invite), WallTime{9'000'000}});
  }
}

template <std::size_t... kIndex>
void add_mistakes(std::vector<Request>& all, std::index_sequence<kIndex...> /*of refusals*/) {
  (all.emplace_back(NotUnderstood{Refusal(std::in_place_index<kIndex>)}), ...);
}

/// Each alternative of `Request`, in every variation that matters.
std::vector<Request> make_requests() {
  std::vector<Request> all;
  for (const auto& room : all_rooms()) {
    for (const std::optional<MessageId>& id : {std::optional<MessageId>{}, {MessageId{"a"}}}) {
      for (const std::string& text :
           {std::string(), std::string("hello"), std::string(2000, 'x')}) {
        all.emplace_back(Post{room, Kind::kText, text, id});
      }
    }
    const ReadPast::Page page{{0}, 10};
    all.emplace_back(ReadPast{room, ReadPast::Last{20}});
    all.emplace_back(ReadPast{room, ReadPast::From{{1}}});
    all.emplace_back(ReadPast{room, page});
    all.emplace_back(Leave{room});
    all.emplace_back(Who{room});
    for (const char* text : {"", "the tide"}) all.emplace_back(SetTopic{room, text});
    all.emplace_back(SetTopic{room, std::string(2000, 'x')});
    if (room) add_joins(all, *room);
  }
  for (const bool on : {true, false}) all.emplace_back(SetAcks{on});
  for (const char* nick : {"ana", "bob", "gus", "eve"}) all.emplace_back(TakeNick{nick_of(nick)});
  for (const char* note : {"", "lunch"}) all.emplace_back(SetAway{note});
  for (const auto what : {Contact::What::kAccept, Contact::What::kBlock, Contact::What::kUnblock}) {
    for (const char* with : {"ana", "bob", "gus"}) all.emplace_back(Contact{what, nick_of(with)});
  }
  for (const auto what : {Contact::What::kRequests, Contact::What::kBlocked}) {
    all.emplace_back(Contact{what, {}});
  }
  for (const OrderRow& row : kOrders) {
    Order order{.verb = row.verb, .number = 1};
    if (row.needs_whom) order.whom = Target{nick_of("bob")};
    all.emplace_back(order);
    order.room = kTea;
    all.emplace_back(order);
  }
  all.emplace_back(Help{});
  all.emplace_back(Quit{});
  add_mistakes(all, std::make_index_sequence<std::variant_size_v<Refusal::variant>>{});
  return all;
}
const std::vector<Request>& all_requests() {
  static const std::vector<Request> all = make_requests();
  return all;
}

Caps caps_of(unsigned bits) {
  return {.many_rooms = (bits & 1U) != 0,
          .connection = (bits & 2U) != 0,
          .ordered_posts = (bits & 4U) != 0};
}
constexpr unsigned kAllCaps = 8;

/// A server that keeps messages, with the member bob and the guest gus.
class Stage : public HubTestDriver {
 public:
  Stage() : Stage(Starting{}) {
    handle(RegistryRead{});
    log_in(kBob, 2);
    enter(kBob, kLobbyName);
    arrive(kGus);
    nick(kGus, "gus");
  }
  explicit Stage(Starting starting) : HubTestDriver(starting, {}, keeping(), {{kOps}}) {
    handle(RecordKept{NickBound{key_of(1), nick_of("ana")}});
    handle(RecordKept{NickBound{key_of(2), nick_of("bob")}});
    for (const std::uint8_t invite : {kGood, kSpent}) make_invite(invite, kOps);
    make_invite(kForTea, kTea);
    make_invite(kExpired, kOps, Expiry{1});
    handle(RecordKept{InviteUsed{hash_of(kSpent), key_of(2)}});
  }

  /// The arrival of ana, or of a guest.
  static Arrive arrival(std::uint64_t session, bool is_member, const Caps& caps) {
    Identity identity{address_of(session), {}};
    if (is_member) identity.key = key_of(1);
    return {SessionId{session}, std::move(identity), caps};
  }
  /// The number of the session's rooms.
  std::size_t rooms_of(std::uint64_t session) const {
    for (const auto& one : hub.list(now)) {
      if (one.session == SessionId{session}) return one.rooms.size();
    }
    return 0;
  }
  bool is_online(std::uint64_t session) const {
    for (const auto& one : hub.list(now)) {
      if (one.session == SessionId{session}) return true;
    }
    return false;
  }
  /// Grows with every answer: events, drafts and pages for the session.
  std::size_t answers_to(std::uint64_t session) {
    return events[session].size() + drafts.size() + pages.size();
  }

 private:
  static Keeping keeping() {
    Keeping keeping;
    keeping.promise.kept = true;
    keeping.memory_rooms = {kScratch};
    return keeping;
  }
  void make_invite(std::uint8_t invite, const RoomName& room, Expiry expiry = {}) {
    handle(RecordKept{InviteMade{hash_of(invite), room, expiry, 1}});
  }
};

/// The state of a session before its request.
enum class Since { kArrived, kInARoom, kInSeveralRooms, kHasLeftAll, kHeldUp, kMuted };
constexpr Since kAllSince[] = {Since::kArrived,    Since::kInARoom, Since::kInSeveralRooms,
                               Since::kHasLeftAll, Since::kHeldUp,  Since::kMuted};

void come(Stage& stage, bool is_member, const Caps& caps, Since since) {
  stage.handle(Stage::arrival(kOne, is_member, caps));
  if (since == Since::kArrived) return;
  stage.enter(kOne, kTea);
  if (since == Since::kInSeveralRooms || since == Since::kHasLeftAll) {
    stage.enter(kOne, kScratch);
    stage.enter(kOne, Direct{nick_of("bob")});
    stage.enter(kOne, kOps, {}, hash_of(kGood));
  }
  if (since == Since::kHasLeftAll) {
    for (const auto& room : all_rooms()) stage.ask(kOne, Leave{room});
  } else if (since == Since::kHeldUp) {
    stage.say_in(kOne, kTea, "one", "b");
    stage.handle(NotKept{stage.drafts.back(), Trouble::kDiskFull});
  } else if (since == Since::kMuted) {
    stage.order(Order::Verb::kMute, kOne, std::chrono::hours(1));
    stage.freeze(kLobbyName, true);
  }
}

enum class Records { kAtOnce, kLater, kNever };

/// Checks one request in one state. Returns whether a record is made.
bool expect_an_answer(const Request& request, bool is_member, unsigned caps, Since since,
                      Records records) {
  Stage stage;
  come(stage, is_member, caps_of(caps), since);
  EXPECT_TRUE(stage.is_online(kOne));
  stage.keeps_at_once = records == Records::kAtOnce;
  const std::size_t before = stage.answers_to(kOne);
  stage.ask(kOne, request);
  const bool makes_a_record = !stage.records.empty();
  EXPECT_EQ(stage.records.empty(), stage.answers_to(kOne) > before) << "answered, or being kept";
  if (records == Records::kLater) stage.keep_records();
  if (records == Records::kNever) stage.keep_no_records();
  EXPECT_GT(stage.answers_to(kOne), before);
  EXPECT_NE(stage.is_online(kOne), std::holds_alternative<Quit>(request));
  if (stage.is_online(kOne) && !caps_of(caps).many_rooms) {
    EXPECT_EQ(stage.rooms_of(kOne), 1U);
  }
  for (const std::uint64_t session : {kOne, kBob, kGus}) stage.handle(HungUp{SessionId{session}});
  EXPECT_EQ(stage.hub.online(), 0U);
  EXPECT_EQ(stage.hub.rooms(), 0U);
  return makes_a_record;
}

TEST(HubRequests, AreOfEveryKind) {
  std::set<std::size_t> kinds;
  for (const Request& request : all_requests()) kinds.insert(request.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Request::variant>);
}

class EveryRequest : public testing::TestWithParam<std::tuple<bool, unsigned>> {};

TEST_P(EveryRequest, IsAnsweredWhereverItsSessionIs) {
  const auto [is_member, caps] = GetParam();
  for (const Since since : kAllSince) {
    for (std::size_t i = 0; i < all_requests().size(); ++i) {
      for (const Records records : {Records::kLater, Records::kAtOnce, Records::kNever}) {
        const bool makes_a_record =
            expect_an_answer(all_requests()[i], is_member, caps, since, records);
        if (!HasFailure() && !makes_a_record && records == Records::kLater) break;
        if (!HasFailure()) continue;
        FAIL() << "request " << i << ", of kind " << all_requests()[i].index() << ", since "
               << static_cast<int>(since) << ", records " << static_cast<int>(records);
      }
    }
  }
}

TEST_P(EveryRequest, IsAnsweredBeforeItIsKnownWhoIsWho) {
  const auto [is_member, caps] = GetParam();
  for (std::size_t i = 0; i < all_requests().size(); ++i) {
    Stage stage(Stage::Starting{});
    Arrive arrive = Stage::arrival(kOne, is_member, caps_of(caps));
    arrive.requests = {all_requests()[i]};
    stage.handle(arrive);
    if (is_member) {
      stage.ask(kOne, all_requests()[i]);
      EXPECT_EQ(stage.answers_to(kOne), 0U) << "no member is online yet";
    }
    stage.handle(RegistryRead{});
    EXPECT_GT(stage.answers_to(kOne), 1U) << "request " << i << ": its welcome, and the answer";
    stage.handle(HungUp{SessionId{kOne}});
    EXPECT_EQ(stage.hub.rooms(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryoneByEveryDoor, EveryRequest,
                         testing::Combine(testing::Bool(), testing::Range(0U, kAllCaps)));

/// With a guest in one room and a member in none.
class RefusedRequests : public Stage, public testing::Test {
 protected:
  RefusedRequests() {
    handle(arrival(kGuest, false, {}));
    handle(arrival(kOne, true, kMember));
  }
  template <typename R>
  const R& refusal(std::uint64_t session, Request request) {
    const std::size_t before = events[session].size();
    ask(session, std::move(request));
    EXPECT_EQ(events[session].size(), before + 1);
    return std::get<R>(told<Refused>(session).refusal);
  }
  static constexpr std::uint64_t kGuest = 4;
};

TEST_F(RefusedRequests, OfAGuestAreThoseOfMembers) {
  EXPECT_EQ(refusal<MembersOnly>(kGuest, SetAway{"lunch"}).what, "/away");
  EXPECT_EQ(refusal<MembersOnly>(kGuest, Join{Direct{nick_of("bob")}}).what, "A room for two");
  EXPECT_EQ(refusal<NotInvited>(kGuest, Join{kOps}).why, NotInvited::Why::kGuest);
  EXPECT_EQ(refusal<NotInvited>(kGuest, Join{kOps, {}, hash_of(kGood)}).why,
            NotInvited::Why::kGuest);
}

TEST_F(RefusedRequests, OfAGuestAreThoseOfARoomWhereItIsNot) {
  EXPECT_EQ(refusal<NotJoined>(kGuest, Who{kTea}).room, "tea");
  EXPECT_EQ(refusal<NotJoined>(kGuest, Who{Direct{nick_of("bob")}}).room, "@bob");
  EXPECT_EQ(refusal<NotJoined>(kGuest, ReadPast{kTea, ReadPast::Last{1}}).room, "tea");
  const auto post = refusal<NotJoined>(kGuest, Post{kTea, Kind::kText, "hello", MessageId{"a"}});
  EXPECT_EQ(post.room, "tea");
  EXPECT_EQ(post.id, MessageId{"a"});
}

TEST_F(RefusedRequests, OfAGuestAreThoseOfSomebodyInManyRooms) {
  refusal<AlwaysInOneRoom>(kGuest, Leave{});
  refusal<AlwaysInOneRoom>(kGuest, Leave{kLobbyName});
  ask(kGuest, Join{kTea});
  EXPECT_EQ(told<Joined>(kGuest).name, "tea");
  EXPECT_EQ(rooms_of(kGuest), 1U) << "it moved there from the lobby";
  handle(arrival(5, false, Caps{.many_rooms = true}));
  for (const RoomName& room : {kLobbyName, kTea}) ask(5, Join{room});
  EXPECT_EQ(rooms_of(5), 2U) << "a guest with many_rooms is in both";
}

TEST_F(RefusedRequests, OfSomebodyInNoRoomAreThoseThatNameNone) {
  refusal<RoomNotNamed>(kOne, Who{});
  refusal<RoomNotNamed>(kOne, Leave{});
  refusal<RoomNotNamed>(kOne, ReadPast{.what = ReadPast::Last{20}});
  refusal<RoomNotNamed>(kOne, ReadPast{.what = ReadPast::Page{{0}, 10}});
  EXPECT_EQ(refusal<RoomNotNamed>(kOne, Post{.text = "hello", .id = MessageId{"a"}}).id,
            MessageId{"a"});
  EXPECT_EQ(refusal<OneRoomOnly>(kOne, SetAcks{true}).what, "/ack");
  ask(kOne, Join{kTea});
  EXPECT_EQ(told<Joined>(kOne).name, "tea") << "a join adds a room";
  refusal<RoomNotNamed>(kOne, Who{});
  ask(kOne, Leave{kTea});
  EXPECT_EQ(rooms_of(kOne), 0U);
  refusal<RoomNotNamed>(kOne, Who{});
}

/// One action: by which session, of which kind, and what.
struct Step {
  std::uint64_t session;
  unsigned what;
};

/// Applies one event that is not a request of the session.
void happen(Stage& stage, const Step& step) {
  const SessionId session{step.session};
  switch (step.what % 9) {
    case 0:
      return stage.handle(HungUp{session});
    case 1:
      return stage.handle(Moved{session, "[10.0.0.99:1]"});
    case 2:
      return stage.order(Order::Verb::kKick, step.session);
    case 3:
      return stage.order(Order::Verb::kMute, step.session, std::chrono::minutes(1));
    case 4:
      return stage.freeze(kLobbyName, (step.what & 1U) != 0);
    case 5:
      return stage.pass(std::chrono::minutes(6));
    case 6:
      return stage.keep_records();
    case 7:
      return stage.keep_no_records();
    default:
      if (!stage.drafts.empty()) stage.handle(NotKept{stage.drafts.back(), Trouble::kDiskFull});
  }
}

RC_GTEST_PROP(HubRequests, AbortNothingInAnyOrder, ()) {
  Stage stage;
  stage.keeps_at_once = *rc::gen::arbitrary<bool>();
  const auto steps = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
      rc::gen::pair(rc::gen::inRange(0U, 16U), rc::gen::inRange(0U, 100'000U)));
  // Session ids by kind: guests are 10 to 17, ana's sessions 20 to 27.
  const auto session_of = [](unsigned kind) { return (kind < 8 ? 10 : 12) + std::uint64_t{kind}; };
  for (const auto& [kind, what] : steps) {
    const std::uint64_t session = session_of(kind);
    if (!stage.is_online(session)) {
      stage.handle(Stage::arrival(session, kind >= 8, caps_of(kind % kAllCaps)));
    } else if (what % 4 == 0) {
      happen(stage, {session, what / 4});
    } else {
      stage.ask(session, all_requests()[what % all_requests().size()]);
    }
    for (const auto& one : stage.hub.list(stage.now)) {
      const auto asked = one.session.value;
      if (asked < 10) continue;
      const unsigned its = static_cast<unsigned>(asked < 20 ? asked - 10 : asked - 20);
      RC_ASSERT(caps_of(its).many_rooms || one.rooms.size() == 1);
    }
  }
  stage.handle(Close{});
  RC_ASSERT(stage.hub.online() == 0U);
  RC_ASSERT(stage.hub.rooms() == 0U);
}

}  // namespace
}  // namespace palabre::chat
