#include "link/pipe.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace palabre::link {
namespace {

constexpr auto kServer = Pipe::Side::kServer;
constexpr auto kClient = Pipe::Side::kClient;
constexpr std::size_t kAll = ~std::size_t{0};

Chunk chunk(std::string_view bytes) { return std::make_shared<const std::string>(bytes); }

/// Records its callbacks.
class User final : public LinkUser {
 public:
  void on_open(Link& link, Instant /*now*/) override {
    opened.push_back(&link);
    told += "open;";
  }
  void on_bytes(Link& link, std::string_view bytes, Instant now) override {
    told += std::string(bytes) + ";";
    at = now;
    if (consumes) link.consumed(bytes.size());
    if (echoes) link.send(chunk(bytes));
  }
  void on_datagram(Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) override {
    told += "datagram;";
  }
  void on_room(Link& /*link*/, Instant /*now*/) override { told += "room;"; }
  void on_moved(Link& link, Instant /*now*/) override { told += "moved " + link.peer().ip() + ";"; }
  void on_closed(Link& /*link*/, const Closed& how, Instant /*now*/) override {
    told += "closed;";
    closed.push_back(how);
  }

  bool consumes = true;
  bool echoes = false;
  std::string told;
  std::vector<Link*> opened;
  std::vector<Closed> closed;
  Instant at;
};

class PipeTest : public testing::Test {
 protected:
  explicit PipeTest(const Pipe::Options& options = {}) : pipe(options) {
    pipe.connect(kServer, &server);
    pipe.connect(kClient, &client);
  }
  void open() {
    pipe.open(kServer, now);
    pipe.open(kClient, now);
    server.told.clear();
    client.told.clear();
  }

  Instant now{std::chrono::hours(1)};
  User server;
  User client;
  Pipe pipe;
};

TEST_F(PipeTest, TellsEachEndThatItIsOpen) {
  pipe.open(kServer, now);
  EXPECT_EQ(server.opened, std::vector<Link*>{&pipe.end(kServer)});
  EXPECT_TRUE(client.opened.empty());
  pipe.open(kClient, now);
  EXPECT_EQ(client.opened, std::vector<Link*>{&pipe.end(kClient)});
}

TEST_F(PipeTest, GivesNothingToAnEndThatIsNotOpen) {
  pipe.open(kClient, now);
  pipe.end(kClient).send(chunk("early"));
  EXPECT_FALSE(pipe.can_carry(kClient));
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(server.told, "");
  EXPECT_EQ(pipe.on_the_way(kClient), 5);
  pipe.open(kServer, now);
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(server.told, "open;early;");
}

TEST_F(PipeTest, CarriesBytesOnceAndInOrderInThePiecesThatAreAskedFor) {
  open();
  pipe.end(kClient).send(chunk("one"));
  pipe.end(kClient).send(chunk("two"));
  pipe.end(kServer).send(chunk("back"));
  EXPECT_EQ(server.told, "") << "not before it is carried";
  pipe.carry(kClient, 4, now);
  pipe.carry(kClient, 0, now);
  now += std::chrono::seconds(1);
  pipe.carry(kClient, kAll, now);
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(server.told, "onet;wo;");
  EXPECT_EQ(server.at, now);
  EXPECT_EQ(pipe.on_the_way(kClient), 0);
  EXPECT_EQ(client.told, "") << "each way is its own";
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "back;");
}

TEST_F(PipeTest, MayBeSentToFromWithinACall) {
  server.echoes = true;
  open();
  pipe.end(kClient).send(chunk("hello"));
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(pipe.on_the_way(kServer), 5);
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "hello;");
}

class NarrowPipeTest : public PipeTest {
 protected:
  NarrowPipeTest() : PipeTest({.window = 10}) {}
};

TEST_F(NarrowPipeTest, HasRoomForAWindow) {
  open();
  EXPECT_EQ(pipe.end(kServer).room(), 10);
  pipe.end(kServer).send(chunk("1234"));
  EXPECT_EQ(pipe.end(kServer).room(), 6);
  pipe.end(kServer).send(chunk("12345678"));
  EXPECT_EQ(pipe.end(kServer).room(), 0) << "it takes any size, and then has none";
  EXPECT_EQ(pipe.on_the_way(kServer), 12);
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(server.told, "room;") << "whether anybody has asked or not";
  EXPECT_EQ(pipe.end(kClient).room(), 10);
}

TEST_F(NarrowPipeTest, TellsOfRoomOnceWhereThereWasNone) {
  open();
  pipe.end(kServer).send(chunk("1234"));
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(server.told, "") << "there was room all the time";
  pipe.end(kServer).send(chunk("123456789012"));
  ASSERT_EQ(pipe.end(kServer).room(), 0);
  pipe.carry(kServer, 2, now);
  EXPECT_EQ(server.told, "") << "there is none yet";
  pipe.carry(kServer, 1, now);
  EXPECT_EQ(server.told, "room;");
  EXPECT_EQ(pipe.end(kServer).room(), 1);
  pipe.carry(kServer, 1, now);
  EXPECT_EQ(server.told, "room;");
}

TEST_F(NarrowPipeTest, HasAnotherWindowFromWhenItIsSet) {
  open();
  pipe.end(kServer).send(chunk("1234567890"));
  ASSERT_EQ(pipe.end(kServer).room(), 0);
  pipe.set_window(kServer, 12, now);
  EXPECT_EQ(server.told, "room;");
  EXPECT_EQ(pipe.end(kServer).room(), 2);
  pipe.set_window(kServer, 0, now);
  EXPECT_EQ(pipe.end(kServer).room(), 0);
  EXPECT_EQ(pipe.on_the_way(kServer), 10) << "what is on the way stays there";
}

TEST_F(NarrowPipeTest, GivesAnEndThatDoesNotReadNoMoreThanAWindow) {
  client.consumes = false;
  open();
  pipe.end(kServer).send(chunk("123456789012345"));
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "1234567890;");
  EXPECT_FALSE(pipe.can_carry(kServer));
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "1234567890;");
  EXPECT_EQ(pipe.consumed(kClient), 0);
  pipe.end(kClient).consumed(3);
  EXPECT_EQ(pipe.consumed(kClient), 3);
  ASSERT_TRUE(pipe.can_carry(kServer));
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "1234567890;123;") << "as many more as were dealt with";
  EXPECT_EQ(pipe.consumed(kServer), 0);
}

TEST_F(PipeTest, ClosesAfterWhatWasSentBeforeIt) {
  open();
  pipe.end(kServer).send(chunk("last words"));
  pipe.end(kServer).close(7, "enough");
  EXPECT_EQ(client.told + server.told, "") << "never from within the call";
  pipe.carry(kServer, 4, now);
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "last; words;");
  EXPECT_TRUE(server.closed.empty());
  ASSERT_TRUE(pipe.can_carry(kServer));
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "last; words;closed;");
  ASSERT_EQ(client.closed.size(), 1);
  EXPECT_TRUE(client.closed[0].by_peer);
  EXPECT_EQ(client.closed[0].code, 7);
  EXPECT_EQ(client.closed[0].why, "enough");
  ASSERT_EQ(server.closed.size(), 1);
  EXPECT_FALSE(server.closed[0].by_peer);
}

TEST_F(PipeTest, TellsBothEndsOnceThatItIsClosed) {
  open();
  pipe.end(kServer).close(7, "enough");
  pipe.end(kServer).close(8, "more than enough");
  ASSERT_TRUE(pipe.closing(kServer));
  EXPECT_EQ(pipe.closing(kServer)->why, "enough") << "the first word counts";
  EXPECT_FALSE(pipe.closing(kClient));
  pipe.end(kClient).close(0, "bye");
  for (int i = 0; i < 3; ++i) {
    pipe.carry(kServer, kAll, now);
    pipe.carry(kClient, kAll, now);
  }
  pipe.finish(kServer, {}, now);
  EXPECT_EQ(server.told, "closed;");
  EXPECT_EQ(client.told, "closed;");
  EXPECT_FALSE(pipe.can_carry(kServer) || pipe.can_carry(kClient));
  EXPECT_FALSE(pipe.is_connected(kServer) || pipe.is_connected(kClient));
}

TEST_F(NarrowPipeTest, TellsNothingMoreToAnEndThatHasClosedButItsEnd) {
  open();
  pipe.end(kServer).send(chunk("1234567890"));
  pipe.end(kServer).close(7, "enough");
  pipe.end(kServer).send(chunk("too late"));
  EXPECT_EQ(pipe.on_the_way(kServer), 10) << "nothing is sent after a close";
  pipe.end(kClient).send(chunk("more than one window, and nobody reads it"));
  pipe.carry(kClient, 15, now);
  EXPECT_TRUE(pipe.can_carry(kClient)) << "so that its own close may come";
  pipe.carry(kClient, kAll, now);
  pipe.carry(kServer, 5, now);
  pipe.move(*Address::parse("10.0.0.9", 4000), now);
  EXPECT_EQ(server.told, "");
  pipe.carry(kServer, kAll, now);
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(server.told, "closed;");
  EXPECT_EQ(client.told, "12345;67890;closed;");
}

TEST_F(PipeTest, TellsNoEndToAUserForWhomItNeverOpened) {
  pipe.open(kServer, now);
  pipe.end(kServer).close(0, "not you");
  pipe.finish(kClient, {}, now);
  EXPECT_EQ(client.told, "");
  EXPECT_FALSE(pipe.is_connected(kClient));
}

TEST_F(PipeTest, FinishesOneEndWhileWhatItSentMayStillCome) {
  open();
  pipe.end(kClient).send(chunk("late"));
  pipe.finish(kClient, {false, 0, "The network is gone."}, now);
  EXPECT_EQ(client.closed.at(0).why, "The network is gone.");
  pipe.end(kServer).send(chunk("lost"));
  EXPECT_FALSE(pipe.can_carry(kServer));
  pipe.carry(kServer, kAll, now);
  EXPECT_EQ(client.told, "closed;") << "and nothing after it";
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(server.told, "late;");
}

TEST_F(NarrowPipeTest, TellsNothingToAUserThatIsDisconnected) {
  open();
  pipe.end(kServer).send(chunk("1234567890"));
  ASSERT_EQ(pipe.end(kServer).room(), 0);
  pipe.connect(kServer, nullptr);
  pipe.connect(kClient, nullptr);
  EXPECT_FALSE(pipe.is_connected(kServer) || pipe.is_connected(kClient));
  pipe.end(kClient).send(chunk("hello"));
  pipe.carry(kClient, kAll, now);
  pipe.carry(kServer, kAll, now);
  pipe.set_window(kServer, 100, now);
  pipe.move(*Address::parse("10.0.0.9", 4000), now);
  pipe.end(kServer).close(0, "");
  pipe.carry(kServer, kAll, now);
  pipe.finish(kClient, {}, now);
  EXPECT_EQ(server.told + client.told, "");
}

TEST(Pipe, OpensNothingForAnEndThatNobodyUses) {
  Pipe pipe({});
  pipe.open(kServer, {});
  pipe.end(kClient).send(chunk("hello"));
  EXPECT_FALSE(pipe.can_carry(kClient));
}

TEST(Pipe, HasTheSameExporterAtBothEndsOrNone) {
  Link::Exporter exporter{};
  exporter.fill(7);
  Pipe with({.exporter = exporter});
  EXPECT_EQ(with.end(kServer).exporter(), exporter);
  EXPECT_EQ(with.end(kClient).exporter(), exporter);
  Pipe without({.exporter = std::nullopt});
  EXPECT_EQ(without.end(kServer).exporter(), std::nullopt);
  EXPECT_EQ(without.end(kClient).exporter(), std::nullopt);
}

TEST(Pipe, ShowsEachEndWhereTheOtherIs) {
  const Address server = *Address::parse("10.0.0.1", 5000);
  const Address client = *Address::parse("10.0.0.9", 4000);
  Pipe pipe({.server = server, .client = client});
  EXPECT_EQ(pipe.end(kServer).peer(), client);
  EXPECT_EQ(pipe.end(kClient).peer(), server);
}

TEST_F(PipeTest, TellsTheServerThatTheClientHasMoved) {
  open();
  const Address elsewhere = *Address::parse("10.0.0.77", 1);
  pipe.move(elsewhere, now);
  EXPECT_EQ(server.told, "moved 10.0.0.77;");
  EXPECT_EQ(client.told, "");
  EXPECT_EQ(pipe.end(kServer).peer(), elsewhere);
  pipe.end(kClient).send(chunk("still here"));
  pipe.carry(kClient, kAll, now);
  EXPECT_TRUE(server.told.ends_with("still here;"));
}

/// A pipe with `on_work` and a window of four bytes.
class WakingPipeTest : public PipeTest {
 protected:
  WakingPipeTest() : PipeTest({.window = 4}) {
    pipe.on_work = [this](Pipe::Side from) { work += from == kServer ? "server;" : "client;"; };
  }
  std::string take() { return std::exchange(work, {}); }
  std::string work;
};

TEST_F(WakingPipeTest, CallsWhereSomethingMayBeCarried) {
  pipe.open(kServer, now);
  pipe.open(kClient, now);
  EXPECT_EQ(take(), "") << "there is nothing yet";
  pipe.end(kClient).send(chunk("1"));
  EXPECT_EQ(take(), "client;");
  pipe.end(kServer).send(chunk("1"));
  EXPECT_EQ(take(), "server;");
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(take(), "") << "nothing is left";
  pipe.end(kClient).close(0, "");
  EXPECT_EQ(take(), "client;");
}

TEST_F(WakingPipeTest, CallsWhereTheOtherEndOpens) {
  pipe.end(kClient).send(chunk("early"));
  EXPECT_EQ(take(), "") << "nobody takes it yet";
  pipe.open(kServer, now);
  EXPECT_EQ(take(), "client;");
}

TEST_F(WakingPipeTest, CallsAgainWhereSomethingIsLeft) {
  open();
  pipe.end(kClient).send(chunk("12"));
  take();
  pipe.carry(kClient, 1, now);
  EXPECT_NE(take().find("client;"), std::string::npos);
}

TEST_F(WakingPipeTest, CallsWhereTheOtherEndReadsOn) {
  server.consumes = false;
  open();
  pipe.end(kClient).send(chunk("123456"));
  take();
  pipe.carry(kClient, kAll, now);
  EXPECT_EQ(take(), "") << "a window is full";
  pipe.end(kServer).consumed(1);
  EXPECT_EQ(take(), "client;");
}

}  // namespace
}  // namespace palabre::link
