#include "link/quic/client.h"

#include <gtest/gtest.h>

#include "drivers/quic_driver.h"

namespace palabre::link {
namespace {

using Cause = QuicEnding::Cause;

TEST(QuicClient, AsksOnceWhetherThePinIsTheRightOne) {
  QuicWorld world;
  std::vector<Pin> seen;
  const auto one = world.dial(host(2, 1000), [&](const Pin& pin) {
    seen.push_back(pin);
    return pin == test_certificate().pin;
  });
  world.wire.run_for(1s);
  EXPECT_EQ(one->user.opened, 1);
  EXPECT_EQ(seen, std::vector<Pin>{test_certificate().pin});
}

TEST(QuicClient, RefusesAnotherPinAndShowsIt) {
  QuicWorld world;
  const auto one = world.dial(host(2, 1000), [](const Pin&) { return false; });
  world.wire.run_for(60s);
  EXPECT_EQ(one->user.opened, 0);
  EXPECT_EQ(one->user.closed, 0);
  ASSERT_EQ(one->failures, 1);
  EXPECT_EQ(one->failure->ending.cause, Cause::kWrongPin);
  EXPECT_EQ(one->failure->seen, test_certificate().pin);
  EXPECT_NE(one->failure->ending.why.find(to_text(test_certificate().pin)), std::string::npos);
  EXPECT_EQ(world.server_user.opened, 0);
  EXPECT_EQ(world.server->size(), 0U);
}

TEST(QuicClient, IsRefusedWhereItSpeaksAnotherProtocolOrNone) {
  for (const char* const alpn : {"h3", "palabre/2", ""}) {
    QuicWorld world;
    const auto other = QuicTls::client(alpn);
    const Instant begin = world.wire.now;
    const auto one = world.dial(host(2, 1000), {}, other.get());
    ASSERT_TRUE(world.wire.run_until([&] { return one->failures == 1; })) << alpn;
    EXPECT_LE(world.wire.now - begin, 100ms) << "it must be told, not left to wait";
    EXPECT_EQ(one->failure->ending.cause, Cause::kWrongTls);
    EXPECT_EQ(one->failure->ending.code, 0x178U) << "no_application_protocol";
    EXPECT_EQ(one->failure->ending.why, "only one end speaks palabre/1");
    EXPECT_EQ(world.server_user.opened, 0);
  }
}

TEST(QuicClient, GivesUpWhereNobodyAnswers) {
  QuicWorld world;
  world.server_socket.carrier.reset();
  const Instant begin = world.wire.now;
  const auto one = world.dial(host(2, 1000));
  ASSERT_TRUE(world.wire.run_until([&] { return one->failures == 1; }));
  EXPECT_EQ(world.wire.now - begin, 10s);
  EXPECT_EQ(one->failure->ending.cause, Cause::kNoAnswer);
  EXPECT_EQ(one->failure->ending.why, "no answer within 10 s");
  world.wire.run_for(60s);
  EXPECT_EQ(one->failures, 1);
  EXPECT_TRUE(one->client->is_over());
}

TEST(QuicClient, BelievesThatNobodyListensUntilItHearsSomething) {
  QuicWorld world;
  const auto one = world.dial(host(2, 1000));
  one->client->on_unreachable(world.wire.now);
  ASSERT_EQ(one->failures, 1);
  EXPECT_EQ(one->failure->ending.cause, Cause::kUnreachable);
  const auto two = world.connect(host(3, 1000));
  two->client->on_unreachable(world.wire.now);
  world.wire.run_for(1s);
  EXPECT_EQ(two->failures + two->user.closed, 0);
}

TEST(QuicClient, IsToldThatTheServerWasStartedAgain) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  world.restart();
  one->user.last->send(chunk("hello?"));
  world.wire.run_for(1s);
  ASSERT_EQ(one->user.closed, 1);
  EXPECT_TRUE(one->user.last_closed->by_peer);
  EXPECT_NE(one->user.last_closed->why.find("does not know the connection any more"),
            std::string::npos);
  EXPECT_EQ(world.server->counts().resets, 1U);
  EXPECT_TRUE(one->client->is_over());
}

TEST(QuicClient, IsToldSoByItsNextSignOfLifeAtTheLatest) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  world.restart();
  world.wire.run_for(11s);
  EXPECT_EQ(one->user.closed, 1);
}

TEST(QuicClient, TakesNoResetOfAServerWithAnotherSecret) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  world.secret = QuicSecret::random();
  world.restart();
  one->user.last->send(chunk("hello?"));
  world.wire.run_for(1s);
  EXPECT_GT(world.server->counts().resets, 0U);
  EXPECT_EQ(one->user.closed, 0);
}

TEST(QuicClient, HearsNobodyButItsServer) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  for (int first = 0; first < 256; ++first) {
    const std::string bytes = std::string(1, static_cast<char>(first)) + std::string(1300, 'x');
    one->client->read({{host(9, 9), {}}, 1, bytes}, world.wire.now);
    one->client->read({{host(1, 5000), {}}, 1, bytes}, world.wire.now);
  }
  one->user.last->send(chunk("hello"));
  world.wire.run_for(1s);
  EXPECT_EQ(one->user.of_last().bytes, "hello");
}

TEST(QuicClient, LivesThroughDamagedCutAndRepeatedDatagrams) {
  QuicWorld world;
  std::mt19937 random(43);
  std::vector<std::string> caught;
  world.wire.passes = [&](const Wire::Flight& flight) {
    if (flight.to == host(2, 1000)) caught.push_back(flight.bytes);
    return true;
  };
  const auto one = world.connect(host(2, 1000));
  const std::string text = numbered_text(50'000);
  Sender sender(one->user, text);
  sender.feed(*one->user.last);
  world.wire.run_for(1s);
  const auto fresh = world.dial(host(3, 1000));  // receives damaged ones in mid-handshake
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes = caught[random() % caught.size()];
    if (i % 4 == 1) bytes.resize(random() % (bytes.size() + 1));
    for (auto damage = random() % 4; damage > 0 && !bytes.empty(); --damage) {
      bytes[random() % std::min(bytes.size(), i % 3 == 0 ? std::size_t{40} : 1500)] =
          static_cast<char>(random());
    }
    one->client->read({{host(1, 5000), {}}, 1, bytes}, world.wire.now);
    fresh->client->read({{host(1, 5000), {}}, 1, bytes}, world.wire.now);
    if (i % 100 == 0) world.wire.run_for(1ms);
  }
  world.wire.run_for(5s);
  EXPECT_EQ(fresh->user.opened, 1);
  EXPECT_EQ(one->user.closed, 0) << one->user.last_closed->why;
  EXPECT_EQ(one->user.of_last().bytes, text);
}

TEST(QuicClient, LivesBesideAnotherAttempt) {
  QuicWorld world;
  const auto dead = world.connect(host(2, 1000));
  world.wire.passes = [](const Wire::Flight& flight) {
    return flight.to != host(2, 1000) && flight.from != host(2, 1000);
  };
  dead->user.last->send(chunk("lost"));
  const auto fresh = world.connect(host(2, 1001));
  fresh->user.last->send(chunk("found"));
  world.wire.run_for(2s);
  EXPECT_EQ(fresh->user.of_last().bytes, "found");
  EXPECT_EQ(dead->user.closed, 0);
}

TEST(QuicClient, SaysGoodbyeAtOnce) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  world.wire.run_for(1s);
  one->user.last->send(chunk("last words"));
  one->client->close("bye");
  world.wire.run_for(15ms);
  EXPECT_EQ(world.server_user.of_last().bytes, "last words");
  EXPECT_EQ(world.server_user.last_closed->why, "bye");
  EXPECT_EQ(one->user.closed, 1);
}

}  // namespace
}  // namespace palabre::link
