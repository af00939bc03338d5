#include "link/quic/connection.h"

#include <gtest/gtest.h>

#include "drivers/quic_driver.h"

namespace palabre::link {
namespace {

constexpr std::size_t kLong = 300'000;

TEST(QuicConnection, OpensAtBothEndsWithTheSameExporter) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  ASSERT_TRUE(world.wire.run_until([&] { return world.server_user.opened == 1; }));
  EXPECT_TRUE(one->user.last->exporter());
  EXPECT_EQ(one->user.last->exporter(), world.server_user.last->exporter());
  EXPECT_EQ(world.server_user.last->peer(), host(2, 1000));
  EXPECT_EQ(one->user.last->peer(), host(1, 5000));
  const auto first = one->user.last->exporter();
  const auto two = world.connect(host(3, 1000));
  EXPECT_NE(two->user.last->exporter(), first) << "it must be this connection's alone";
}

TEST(QuicConnection, HasItsFirstAnswerAfterTwoRoundTrips) {
  QuicWorld world;
  const Instant begin = world.wire.now;
  const auto one = world.connect(host(2, 1000));
  EXPECT_EQ(world.wire.now - begin, 20ms);
  one->user.last->send(chunk("hello"));
  ASSERT_TRUE(world.wire.run_until([&] { return one->user.of_last().bytes == "hello"; }));
  EXPECT_LE(world.wire.now - begin, 50ms) << "the pacer has held it back";
}

TEST(QuicConnection, EchoesWhatIsLongerThanAnyWindow) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  const std::string text = numbered_text(kLong);
  Sender sender(one->user, text);
  sender.feed(*one->user.last);
  EXPECT_EQ(one->user.last->room(), 0U);
  ASSERT_TRUE(world.wire.run_until([&] { return one->user.of_last().bytes.size() >= kLong; }));
  EXPECT_EQ(one->user.of_last().bytes, text);
  EXPECT_GT(one->user.of_last().rooms, 0U);
  EXPECT_EQ(world.server->counts().handshakes, 1U);
}

class QuicConnectionOverABadNetwork : public testing::TestWithParam<std::uint32_t> {};

TEST_P(QuicConnectionOverABadNetwork, LosesNothingAndKeepsTheOrder) {
  QuicWorld world(GetParam());
  world.wire.lose_every = 7;
  world.wire.double_percent = 10;
  world.wire.late_percent = 20;
  const auto one = world.connect(host(2, 1000));
  const std::string text = numbered_text(kLong);
  Sender sender(one->user, text);
  sender.feed(*one->user.last);
  ASSERT_TRUE(
      world.wire.run_until([&] { return one->user.of_last().bytes.size() >= kLong; }, 600s));
  EXPECT_EQ(one->user.of_last().bytes, text);
}

INSTANTIATE_TEST_SUITE_P(Seeds, QuicConnectionOverABadNetwork, testing::Values(1, 2, 3, 4, 5));

TEST(QuicConnection, StallsThePeerOfAUserWhoDoesNotConsume) {
  QuicWorld world;
  world.server_user.echoes = world.server_user.consumes = false;
  const auto one = world.connect(host(2, 1000));
  const std::string text = numbered_text(400'000);
  Sender sender(one->user, text);
  sender.feed(*one->user.last);
  world.wire.run_for(5s);
  Listener::Heard& heard = world.server_user.of_last();
  EXPECT_EQ(heard.bytes.size(), QuicConnection::kWindow);
  EXPECT_EQ(one->user.last->room(), 0U) << "it holds what it may, and no more";

  world.server_user.consumes = true;
  world.server_user.last->consumed(heard.bytes.size());
  ASSERT_TRUE(world.wire.run_until([&] { return heard.bytes.size() >= text.size(); }));
  EXPECT_EQ(heard.bytes, text);
}

TEST(QuicConnection, GivesNoMoreCreditThanWasTaken) {
  QuicWorld world;
  world.server_user.echoes = world.server_user.consumes = false;
  const auto one = world.connect(host(2, 1000));
  one->user.last->send(chunk("x"));
  world.wire.run_for(1s);
  world.server_user.last->consumed(1 << 20);
  Sender sender(one->user, numbered_text(kLong));
  sender.feed(*one->user.last);
  world.wire.run_for(5s);
  EXPECT_LE(world.server_user.of_last().bytes.size(), QuicConnection::kWindow + 1);
}

TEST(QuicConnection, PutsManySmallChunksIntoFewPackets) {
  QuicWorld world;
  world.server_user.echoes = false;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  const std::uint64_t before = world.wire.bytes_to[host(1, 5000)];
  for (int i = 0; i < 1000; ++i) one->user.last->send(chunk("0123456789"));
  world.wire.run_until([&] { return world.server_user.of_last().bytes.size() == 10'000; });
  EXPECT_LT(world.wire.bytes_to[host(1, 5000)] - before, 11'500U);
}

TEST(QuicConnection, SharesOneChunkAmongManyLinks) {
  QuicWorld world;
  std::vector<std::unique_ptr<QuicWorld::Dialed>> dialed;
  dialed.reserve(10);
  for (int i = 0; i < 10; ++i) dialed.push_back(world.connect(host(2 + i, 1000)));
  for (const auto& one : dialed) one->user.last->send(chunk("hello"));
  world.wire.run_for(1s);
  const Chunk shared = chunk(numbered_text(10'000));
  for (Link* const link : world.server_user.links) link->send(shared);
  EXPECT_EQ(shared.use_count(), 11);
  world.wire.run_for(1s);
  EXPECT_EQ(shared.use_count(), 1) << "it is let go of once all have acknowledged it";
  for (const auto& one : dialed) EXPECT_EQ(one->user.of_last().bytes, "hello" + *shared);
}

TEST(QuicConnection, CarriesDatagramsAndDropsThoseThatDoNotFit) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  one->user.last->send_unreliably("now");
  one->user.last->send_unreliably(std::string(1400, 'x'));  // longer than a datagram may be
  one->user.last->send_unreliably(std::string(5000, 'x'));
  one->user.last->send_unreliably("then");
  one->user.last->send(chunk("bytes"));
  world.wire.run_for(1s);
  EXPECT_EQ(world.server_user.of_last().datagrams, (std::vector<std::string>{"now", "then"}));
  EXPECT_EQ(one->user.of_last().datagrams, (std::vector<std::string>{"now", "then"}));
  EXPECT_EQ(one->user.of_last().bytes, "bytes");
  for (int i = 0; i < 1000; ++i) one->user.last->send_unreliably("many");
  world.wire.run_for(1s);
  EXPECT_EQ(world.server_user.of_last().datagrams.size(), 2 + QuicConnection::kMostDatagrams);
}

TEST(QuicConnection, EndsAfterWhatIsQueuedAndTellsThePeerWhy) {
  QuicWorld world;
  world.server_user.echoes = false;
  const auto one = world.connect(host(2, 1000));
  const std::string text = numbered_text(100'000);
  one->user.last->send(chunk(text));
  one->user.last->close(7, "enough");
  one->user.last->send(chunk("too late"));
  EXPECT_EQ(one->user.closed, 0) << "it is told by the carrier alone";
  ASSERT_TRUE(world.wire.run_until([&] { return world.server_user.closed == 1; }));
  EXPECT_EQ(world.server_user.of_last().bytes, text);
  EXPECT_TRUE(world.server_user.last_closed->by_peer);
  EXPECT_EQ(world.server_user.last_closed->code, 7U);
  EXPECT_EQ(world.server_user.last_closed->why, "enough");
  EXPECT_EQ(one->user.closed, 1);
  EXPECT_FALSE(one->user.last_closed->by_peer);
  EXPECT_EQ(one->user.last_closed->code, 7U);
  world.wire.run_for(10s);
  EXPECT_EQ(world.server->size(), 0U) << "and is forgotten";
  EXPECT_TRUE(one->client->is_over());
}

TEST(QuicConnection, WaitsOnlyAMomentForAPeerWhoAcknowledgesNothing) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  world.wire.passes = [](const Wire::Flight&) { return false; };
  const Instant begin = world.wire.now;
  one->user.last->send(chunk("into the void"));
  one->user.last->close(0, "");
  ASSERT_TRUE(world.wire.run_until([&] { return one->user.closed == 1; }));
  EXPECT_EQ(world.wire.now - begin, QuicConnection::kCloseWithin);
}

TEST(QuicConnection, EndsWhenNothingComesForTooLong) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  world.wire.passes = [](const Wire::Flight&) { return false; };
  world.wire.run_for(60s);
  ASSERT_EQ(one->user.closed, 1);
  ASSERT_EQ(world.server_user.closed, 1);
  EXPECT_EQ(one->user.last_closed->why, "nothing came for 30 s");
  EXPECT_EQ(world.server->size(), 0U);
}

TEST(QuicConnection, StaysOpenForADayOfSilence) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(std::chrono::hours(24));
  EXPECT_EQ(one->user.closed + world.server_user.closed, 0);
  one->user.last->send(chunk("still there?"));
  world.wire.run_for(1s);
  EXPECT_EQ(one->user.of_last().bytes, "still there?");
}

TEST(QuicConnection, GoesOnFromANewAddress) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  one->user.last->send(chunk("before "));
  world.wire.run_for(1s);
  one->socket.at = host(7, 4000);  // packets in flight to the old address are lost
  one->user.last->send(chunk("after"));
  world.wire.run_for(2s);
  EXPECT_EQ(one->user.of_last().bytes, "before after");
  EXPECT_EQ(world.server_user.last->peer(), host(7, 4000));
  EXPECT_EQ(world.server->counts().migrations, 1U);
  EXPECT_EQ(world.server_user.moved_to, host(7, 4000));
  one->socket.at = host(7, 4001);
  one->user.last->send(chunk(" and again"));
  world.wire.run_for(2s);
  EXPECT_EQ(one->user.of_last().bytes, "before after and again");
  EXPECT_EQ(world.server_user.opened, 1);
}

TEST(QuicConnection, ComesToRestWhereAForgedAddressMayBeSentNoMore) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  Sender sender(one->user, numbered_text(kLong));
  sender.feed(*one->user.last);
  world.wire.run_for(50ms);
  std::string stolen;
  world.wire.passes = [&](const Wire::Flight& flight) {
    if (flight.to == host(1, 5000) && stolen.empty()) stolen = flight.bytes;
    return flight.to != host(1, 5000);
  };
  world.wire.run_for(20ms);
  ASSERT_FALSE(stolen.empty());
  ASSERT_TRUE(world.server->claim({{host(66, 6), {}}, 1, stolen}, world.wire.now));
  world.wire.run_for(10s);  // fails here if the server never comes to rest
  world.wire.passes = nullptr;
  EXPECT_TRUE(world.wire.run_until([&] { return one->user.of_last().bytes.size() >= kLong; }));
  EXPECT_LE(world.wire.bytes_to[host(66, 6)], 3 * stolen.size());
}

TEST(QuicConnection, FindsItsWayThroughTheSmallestMtu) {
  QuicWorld world;
  world.wire.mtu = 1252;  // the smallest IPv6 MTU, 1280, leaves 1232; IPv4 then has 1252
  const auto one = world.connect(host(2, 1000));
  Sender sender(one->user, numbered_text(kLong));
  sender.feed(*one->user.last);
  EXPECT_TRUE(world.wire.run_until([&] { return one->user.of_last().bytes.size() >= kLong; }));
}

TEST(QuicConnection, LosesNothingWhenTheSocketHasNoRoom) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  const std::string text = numbered_text(kLong);
  Sender sender(one->user, text);
  sender.feed(*one->user.last);
  const std::uint64_t before = world.wire.datagrams;
  ASSERT_TRUE(world.wire.run_until(
      [&] {
        one->socket.room = world.server_socket.room = 1;
        return one->user.of_last().bytes.size() >= kLong;
      },
      600s));
  EXPECT_EQ(one->user.of_last().bytes, text);
  EXPECT_LT(world.wire.datagrams - before, 1000U) << "it was sent more than once";
}

}  // namespace
}  // namespace palabre::link
