#include "server/doors/plain/plain_door.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "drivers/open_gate.h"
#include "drivers/socket_driver.h"
#include "wire/names.h"

namespace palabre::server {
namespace {

/// The command made from a datagram.
struct Heard {
  chat::SessionId session;
  std::optional<std::string> arrives_from;
  std::vector<chat::Request> requests;
};
std::optional<Heard> heard_by(PlainDoor& door) {
  const auto command = door.next_command({});
  if (!command) return std::nullopt;
  if (const auto* arrive = std::get_if<chat::Arrive>(&*command)) {
    return Heard{arrive->session, arrive->identity.address, arrive->requests};
  }
  const auto& ask = std::get<chat::Ask>(*command);
  return Heard{ask.session, std::nullopt, ask.requests};
}

class PlainDoorTest : public testing::Test {
 protected:
  std::optional<Heard> hear(int port, std::string_view bytes) {
    plain.claim({link::path(static_cast<std::uint16_t>(40000 + port)), 2, bytes}, {});
    return heard_by(plain);
  }
  /// A new guest that reads this room.
  chat::SessionId sit_down(std::uint16_t port, chat::RoomId room) {
    const auto incoming = hear(port, "hello\n");
    plain.carry_out(chat::StartReading{incoming->session, room});
    return incoming->session;
  }
  void open(chat::RoomId room) {
    plain.carry_out(chat::OpenRoom{room, {"room"}, false, {{1}, {0}}});
  }
  void say(chat::RoomId room, std::uint64_t number, std::string text) {
    plain.carry_out(chat::RoomAdvanced{room,
                                       {number},
                                       {99},
                                       std::make_shared<const chat::Message>(chat::Message{
                                           chat::Kind::kText, "ana*", std::move(text)})});
  }

  guard::Gate gate{guard::open_to_all(), {}, {5000}};
  link::NarrowSocket socket;
  PlainDoor plain{{}, gate, socket};
};

TEST_F(PlainDoorTest, KnowsAGuestByItsAddress) {
  const auto first = hear(7, "hello\n");
  EXPECT_EQ(first->arrives_from, "[10.0.0.1:40007]");
  const auto again = hear(7, "/who\n");
  EXPECT_FALSE(again->arrives_from);
  EXPECT_EQ(again->session, first->session);
  plain.carry_out(chat::Gone{first->session});
  const auto back = hear(7, "hello\n");
  EXPECT_TRUE(back->arrives_from);
  EXPECT_NE(back->session, first->session);
}

TEST(PlainDoorCloaks, AreForPublicGuestsAlone) {
  guard::Policy policy;
  policy.guests = guard::Guests::kAll;
  guard::Gate gate(policy, {}, {5000});
  gate.set_links({{1, false, *Network::parse("10.0.0.0/8")}});
  link::NarrowSocket socket;
  PlainDoor door({}, gate, socket, {}, guard::Cloaks({1}));
  const auto arrives = [&](const char* ip, std::string_view bytes) {
    door.claim({{*Address::parse(ip, 40'001), {}}, 1, bytes}, {});
    const auto command = door.next_command({});
    const auto* const arrive = command ? std::get_if<chat::Arrive>(&*command) : nullptr;
    return arrive == nullptr ? std::nullopt : std::optional(*arrive);
  };
  EXPECT_EQ(arrives("10.0.0.1", "hello")->identity.cloak, "");
  EXPECT_FALSE(arrives("203.0.113.9", "a long enough first datagram"));
  door.deliver({});
  const std::string code = socket.received[40'001].back().substr(8);
  const auto arrive = arrives("203.0.113.9", code);
  ASSERT_TRUE(arrive);
  const std::string cloak = arrive->identity.cloak;
  EXPECT_TRUE(cloak.starts_with("guest-") && cloak.ends_with('*')) << cloak;
  EXPECT_EQ(arrive->identity.address, "[203.0.113.9:40001]") << "for operators";
  const std::string name = cloak.substr(0, cloak.size() - 1);
  EXPECT_EQ(wire::parse_shown_nick(name), name) << "a client shows it";
  door.carry_out(chat::Gone{arrive->session});
  EXPECT_FALSE(arrives("203.0.113.9", "a long enough first datagram"));
  EXPECT_EQ(arrives("203.0.113.9", code)->identity.cloak, cloak) << "at the next visit";
}

TEST_F(PlainDoorTest, DropsAStrangerThatIsEmptyOrNoText) {
  EXPECT_FALSE(hear(7, ""));
  EXPECT_FALSE(hear(7, "\xFF\xFE"));
  EXPECT_TRUE(hear(7, "x"));
  EXPECT_TRUE(hear(7, "\xFF\xFE")) << "a guest's is made readable";
  EXPECT_TRUE(hear(7, "")) << "a guest's is a sign of life";
}

TEST_F(PlainDoorTest, LetsABusyRoomStarveNoOther) {
  const chat::RoomId busy{1};
  const chat::RoomId quiet{2};
  open(busy);
  open(quiet);
  for (std::uint16_t port = 1; port <= 20; ++port) sit_down(port, busy);
  sit_down(50, quiet);
  say(busy, 1, "x");
  say(quiet, 1, "a word");
  for (std::uint64_t number = 2; number <= 10; ++number) {
    socket.room = 10;  // half of what the busy room alone needs
    plain.deliver({});
    EXPECT_TRUE(plain.wants_to_write());
    say(busy, number, "x");
  }
  EXPECT_EQ(socket.received[40050], link::Datagrams{"ana*> a word\n"});
}

TEST_F(PlainDoorTest, TellsWhoLeavesOfAGapWhereItsDuesAreTooMany) {
  const chat::RoomId room{1};
  open(room);
  std::vector<chat::SessionId> guests;
  for (std::uint16_t port = 1; port <= 40; ++port) guests.push_back(sit_down(port, room));
  for (std::uint64_t number = 1; number <= 200; ++number) {
    say(room, number, std::string(1000, 'x'));
  }
  for (const chat::SessionId guest : guests) {
    plain.carry_out(chat::StopReading{guest, room});
    plain.carry_out(chat::Tell{guest, chat::Farewell{}});
  }
  plain.deliver({});
  EXPECT_FALSE(plain.wants_to_write());
  EXPECT_EQ(plain.counts().notices_dropped, 0U);
  for (std::uint16_t port = 1; port <= 40; ++port) {
    const link::Datagrams& got = socket.received[static_cast<std::uint16_t>(40000 + port)];
    const bool all = got.size() == 201;
    const bool gap = got.size() == 2 && got[0].starts_with("-- Messages 1 to 200 are lost");
    EXPECT_TRUE(all || gap) << port << ": " << got.size();
    EXPECT_EQ(got.back(), "-- Goodbye. Write anything to come back.\n");
  }
}

TEST_F(PlainDoorTest, TellsWhoHasEverythingOfNoGapHoweverMuchWaits) {
  const chat::RoomId room{1};
  open(room);
  const chat::SessionId guest = sit_down(1, room);
  const chat::SessionId asks = sit_down(2, room);
  for (std::size_t i = 0; i < PlainDoor::kMostNotices / 2 + 1; ++i) {
    plain.carry_out(chat::Tell{asks, chat::HelpText{}});
  }
  plain.carry_out(chat::StopReading{guest, room});
  plain.deliver({});
  EXPECT_FALSE(plain.wants_to_write());
  EXPECT_TRUE(socket.received[40001].empty()) << socket.received[40001].front();
}

/// A guest on the LAN, where the rate limit applies.
struct PacedDoorTest : testing::Test {
  explicit PacedDoorTest(guard::Policy policy = {}) : gate(std::move(policy), {}, {5000}) {
    gate.set_links({{2, false, *guard::Network::parse("10.0.0.0/24")}});
  }

  std::optional<Heard> hear(std::string_view bytes) {
    plain.claim({link::path(40007), 2, bytes}, now);
    return heard_by(plain);
  }
  static std::size_t asked_by(const std::optional<Heard>& heard) {
    return heard ? heard->requests.size() : 0;
  }
  link::Datagrams& received() {
    plain.deliver({});
    return socket.received[40007];
  }

  guard::Gate gate;
  link::NarrowSocket socket;
  PlainDoor plain{{}, gate, socket};
  Instant now = Instant{} + std::chrono::hours(1);
};

TEST_F(PacedDoorTest, CountsTheMessagesInADatagramAndNotTheDatagram) {
  hear("hello\n");
  std::string many;
  for (int i = 0; i < 15; ++i) many += "/me spams\n";
  EXPECT_EQ(asked_by(hear(many)), 15U);
  const auto last = hear(many);
  ASSERT_EQ(asked_by(last), 6U) << "five, and the word about the others";
  EXPECT_TRUE(std::holds_alternative<chat::NotUnderstood>(last->requests.back()));
  EXPECT_EQ(asked_by(hear(many)), 0U);
}

struct SlowerDoorTest : PacedDoorTest {
  SlowerDoorTest() : PacedDoorTest(guard::Policy{.burst = 17}) {}
};

TEST_F(SlowerDoorTest, CountsTheMessagesInADatagramByItsOwnPace) {
  hear("hello\n");
  std::string many;
  for (int i = 0; i < 15; ++i) many += "/me spams\n";
  EXPECT_EQ(asked_by(hear(many)), 15U);
  EXPECT_EQ(asked_by(hear(many)), 3U) << "two, and the word about the others";
  EXPECT_EQ(asked_by(hear(many)), 0U);
}

TEST_F(PacedDoorTest, LetsAPasteOfTwentyLinesPassWhole) {
  std::size_t passed = 0;
  for (int line = 0; line <= 20; ++line) passed += asked_by(hear("a line\n"));
  EXPECT_EQ(passed, 21U) << "the first of them is the one by which it arrives";
}

TEST_F(PacedDoorTest, AnswersNothingThatIsNoTextWhateverIsWrongWithIt) {
  hear("hello\n");
  for (int i = 0; i < 100; ++i) hear("\xFF\xFE");
  EXPECT_EQ(received(), link::Datagrams{});
}

TEST_F(PlainDoorTest, FallsSilentTowardsAMachineThatIsRefusedAgainAndAgain) {
  const auto session = hear(7, "hello\n")->session;
  const chat::Tell refusal{session, chat::Refused{chat::RoomFrozen{}}};
  for (int i = 0; i < 100; ++i) plain.carry_out(refusal);
  plain.deliver({});
  EXPECT_EQ(socket.received[40007].size(), PlainDoor::kMostRefusalsInARow);
  plain.carry_out(chat::Tell{session, chat::NickTaken{"ana*"}});
  plain.carry_out(refusal);
  plain.deliver({});
  EXPECT_EQ(socket.received[40007].size(), PlainDoor::kMostRefusalsInARow + 2);
}

}  // namespace
}  // namespace palabre::server
