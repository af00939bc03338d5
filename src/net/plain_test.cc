#include "net/plain.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

#include "net/socket_test_driver.h"

namespace palabre::net {
namespace {

class PlainTransportTest : public testing::Test {
 protected:
  /// Somebody new, who reads this room.
  chat::SessionId sit_down(std::uint16_t port, chat::RoomId room) {
    const auto incoming = plain.read({path(port), "hello\n"});
    plain.carry_out(chat::StartReading{incoming->session, room});
    return incoming->session;
  }
  void open(chat::RoomId room) {
    plain.carry_out(chat::OpenRoom{room, {"room"}}, chat::Cursor{{1}, {0}});
  }
  void say(chat::RoomId room, std::uint64_t number, std::string text) {
    plain.carry_out(chat::RoomAdvanced{room,
                                       {number},
                                       {99},
                                       std::make_shared<const chat::Message>(chat::Message{
                                           chat::Kind::kText, "ana*", std::move(text)})});
  }

  PlainTransport plain{Feed::Sizes{}};
  NarrowSocket socket;
};

TEST_F(PlainTransportTest, KnowsAGuestByItsAddress) {
  const auto first = plain.read({path(7), "hello\n"});
  EXPECT_EQ(first->arrives_from, "[10.0.0.1:7]");
  const auto again = plain.read({path(7), "/who\n"});
  EXPECT_FALSE(again->arrives_from);
  EXPECT_EQ(again->session, first->session);
  plain.carry_out(chat::Gone{first->session});
  const auto back = plain.read({path(7), "hello\n"});
  EXPECT_TRUE(back->arrives_from);
  EXPECT_NE(back->session, first->session);
}

TEST_F(PlainTransportTest, DropsAStrangerThatIsEmptyOrNoText) {
  EXPECT_FALSE(plain.read({path(7), ""}));
  EXPECT_FALSE(plain.read({path(7), "\xFF\xFE"}));
  EXPECT_TRUE(plain.read({path(7), "x"}));
  EXPECT_TRUE(plain.read({path(7), "\xFF\xFE"})) << "a guest's is made readable";
  EXPECT_TRUE(plain.read({path(7), ""})) << "a guest's is a sign of life";
}

TEST_F(PlainTransportTest, LetsABusyRoomStarveNoOther) {
  const chat::RoomId busy{1};
  const chat::RoomId quiet{2};
  open(busy);
  open(quiet);
  for (std::uint16_t port = 1; port <= 20; ++port) sit_down(port, busy);
  sit_down(50, quiet);
  say(busy, 1, "x");
  say(quiet, 1, "a word");
  for (std::uint64_t number = 2; number <= 10; ++number) {
    socket.room = 10;  // half of what the busy room alone would need
    EXPECT_FALSE(plain.flush(socket));
    say(busy, number, "x");
  }
  EXPECT_EQ(socket.received[50], Datagrams{"ana*> a word\n"});
}

TEST_F(PlainTransportTest, TellsWhoLeavesOfAGapWhereItsDuesAreTooMany) {
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
  EXPECT_TRUE(plain.flush(socket));
  EXPECT_EQ(plain.counts().notices_dropped, 0U);
  for (std::uint16_t port = 1; port <= 40; ++port) {
    const Datagrams& got = socket.received[port];
    const bool all = got.size() == 201;
    const bool gap = got.size() == 2 && got[0].starts_with("-- Messages 1 to 200 are lost");
    EXPECT_TRUE(all || gap) << port << ": " << got.size();
    EXPECT_EQ(got.back(), "-- Goodbye. Write anything to come back.\n");
  }
}

}  // namespace
}  // namespace palabre::net
