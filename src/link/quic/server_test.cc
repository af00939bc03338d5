#include "link/quic/server.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <rapidcheck/gtest.h>

#include "drivers/quic_driver.h"

namespace palabre::link {
namespace {

/// The first packets of `count` clients with as many addresses, caught on the wire.
std::vector<Wire::Flight> first_packets(QuicWorld& world, int count) {
  std::vector<Wire::Flight> caught;
  world.wire.passes = [&](const Wire::Flight& flight) {
    caught.push_back(flight);
    return false;
  };
  for (int i = 0; i < count; ++i) {
    const auto one = world.dial(host(2 + i % 200, static_cast<std::uint16_t>(1000 + i / 200)));
    one->client->flush(one->socket, world.wire.now);
  }
  world.wire.passes = nullptr;
  return caught;
}

/// Whether the server claims the datagram.
bool is_claimed(QuicWorld& world, const std::string& bytes) {
  return world.server->claim({{host(2, 1000), {}}, 1, bytes}, world.wire.now);
}

void read_all(QuicWorld& world, const std::vector<Wire::Flight>& flights) {
  for (const Wire::Flight& flight : flights) {
    if (!world.server->claim({{flight.from, {}}, 1, flight.bytes}, world.wire.now)) continue;
    world.server->flush(world.wire.now);
  }
}

TEST(QuicServer, ForcesRetryAboveTheThreshold) {
  QuicWorld world;
  read_all(world, first_packets(world, 5000));
  EXPECT_EQ(world.server->half_open(), 8U);
  EXPECT_EQ(world.server->size(), 8U) << "the others must cost nothing";
  EXPECT_EQ(world.server->counts().retries, 5000U - 8U);

  const auto honest = world.dial(host(250, 1));
  ASSERT_TRUE(world.wire.run_until([&] { return honest->user.opened == 1; }));
  honest->user.last->send(chunk("hello"));
  world.wire.run_for(1s);
  EXPECT_EQ(honest->user.of_last().bytes, "hello");
  EXPECT_EQ(world.server->counts().retries, 5000U - 7U);
  world.wire.run_for(60s);
  EXPECT_EQ(world.server->size(), 1U) << "they are given up";
  EXPECT_EQ(world.server->half_open(), 0U);
}

TEST(QuicServer, ForcesRetryOnAnAddressWithManyHandshakesUnderWay) {
  QuicWorld world(1, {.retry_from = 64});
  const std::vector<Wire::Flight> flights = first_packets(world, 64);
  std::vector<Wire::Flight> forged = flights;
  for (Wire::Flight& flight : forged) flight.from = host(66, flight.from.port());
  read_all(world, forged);
  EXPECT_EQ(world.server->size(), 16U);
  EXPECT_EQ(world.server->counts().retries, 48U);
  const auto owner = world.dial(host(66, 9));
  EXPECT_TRUE(world.wire.run_until([&] { return owner->user.opened == 1; }));
}

TEST(QuicServer, RefusesTheTokenOfAnotherAddress) {
  QuicWorld world(1, {.retry_from = 0});
  const auto one = world.dial(host(2, 1000));
  std::string with_token;
  world.wire.passes = [&](const Wire::Flight& flight) {
    if (flight.to == host(1, 5000)) with_token = flight.bytes;
    return true;
  };
  ASSERT_TRUE(world.wire.run_until([&] { return world.server->counts().retries == 1; }));
  world.wire.run_until([&] { return world.server->half_open() == 1; }, 11ms);
  ASSERT_EQ(world.server->half_open(), 0U);
  world.server->claim({{host(3, 1000), {}}, 1, with_token}, world.wire.now);
  EXPECT_EQ(world.server->counts().refused_token, 1U);
  world.server->claim({{host(2, 1000), {}}, 1, with_token}, world.wire.now + 11s);
  EXPECT_EQ(world.server->counts().refused_token, 2U) << "it is too old";
  world.server->claim({{host(2, 1000), {}}, 1, with_token}, world.wire.now);
  EXPECT_EQ(world.server->half_open(), 1U);
}

TEST(QuicServer, DropsWhoHasNoTokenWhenTooManyHandshakesAreUnderWay) {
  QuicWorld world(1, {.retry_from = 8, .half_open = 8});
  read_all(world, first_packets(world, 20));
  EXPECT_EQ(world.server->size(), 8U);
  EXPECT_EQ(world.server->counts().dropped_half_open, 12U);
  EXPECT_EQ(world.server->counts().retries, 0U);
}

TEST(QuicServer, RefusesMoreConnectionsThanItsLimitsAndSaysSo) {
  QuicWorld world(1, {.connections = 5, .per_address = 3});
  std::vector<std::unique_ptr<QuicWorld::Dialed>> dialed;
  const auto dial = [&](int from, std::uint16_t port) {
    dialed.push_back(world.dial(host(from, port)));
    world.wire.run_for(1s);
    return dialed.back()->user.opened == 1;
  };
  EXPECT_TRUE(dial(2, 1) && dial(2, 2) && dial(2, 3));
  EXPECT_FALSE(dial(2, 4));
  EXPECT_EQ(dialed.back()->failure->ending.cause, QuicEnding::Cause::kRefusedByPeer);
  EXPECT_EQ(world.server->counts().refused_per_address, 1U);
  EXPECT_TRUE(dial(3, 1) && dial(4, 1));
  EXPECT_FALSE(dial(5, 1));
  EXPECT_EQ(world.server->counts().refused_full, 1U);
  EXPECT_NE(dialed.back()->failure->ending.why.find("no more connections"), std::string::npos);

  dialed[0]->user.last->close(0, "");
  world.wire.run_for(10s);
  EXPECT_TRUE(dial(2, 5)) << "a place is free again";
}

TEST(QuicServer, RefusesABannedAddressBeforeAnyHandshakeAndSaysWhy) {
  QuicWorld world;
  QuicServer::Caller caller = QuicServer::Caller::kBanned;
  world.owner.look = [&](const Address& peer, std::uint32_t, Instant) {
    return peer.without_port() == host(66, 0) ? caller : QuicServer::Caller::kStranger;
  };
  world.restart();
  auto banned = world.dial(host(66, 1));
  world.wire.run_for(1s);
  ASSERT_TRUE(banned->failure);
  EXPECT_EQ(banned->failure->ending.cause, QuicEnding::Cause::kTurnedAway);
  EXPECT_NE(banned->failure->ending.why.find("banned"), std::string::npos);
  EXPECT_EQ(world.server->size(), 0U);
  EXPECT_EQ(world.server->counts().handshakes, 0U);
  EXPECT_EQ(world.server->counts().refused_caller, 1U);

  caller = QuicServer::Caller::kNotFromHere;
  banned = world.dial(host(66, 2));
  world.wire.run_for(1s);
  ASSERT_TRUE(banned->failure);
  EXPECT_NE(banned->failure->ending.why.find("own networks"), std::string::npos);
  EXPECT_EQ(world.dial(host(67, 2))->failures, 0);
}

TEST(QuicServer, DisposesOfAFloodFromABannedAddressWithinABudget) {
  QuicWorld world;
  world.owner.look = [](const Address&, std::uint32_t, Instant) {
    return QuicServer::Caller::kBanned;
  };
  world.restart();
  const auto flights = first_packets(world, 1);
  for (int i = 0; i < 1000; ++i) read_all(world, flights);
  EXPECT_EQ(world.server->counts().refused_caller, 100U);
  EXPECT_EQ(world.server->counts().dropped_caller, 900U);
  EXPECT_EQ(world.server->size(), 0U);
}

TEST(QuicServer, GivesTheYoungestPlaceOfTheHeaviestNetworkToANewcomer) {
  QuicWorld world;
  std::set<const Link*> logged_in;
  world.owner.has_login = [&](const Link& link) { return logged_in.contains(&link); };
  world.restart({.connections = 6});
  std::vector<std::unique_ptr<QuicWorld::Dialed>> dialed;
  const auto dial = [&](const std::string& ip) {
    dialed.push_back(
        world.dial(*Address::parse(ip, static_cast<std::uint16_t>(1000 + dialed.size()))));
    world.wire.run_for(100ms);
    return dialed.back()->user.opened == 1;
  };
  EXPECT_TRUE(dial("198.51.100.1"));
  logged_in.insert(world.server_user.last);
  EXPECT_TRUE(dial("203.0.113.1"));
  for (int i = 2; i < 6; ++i) EXPECT_TRUE(dial("198.51.100." + std::to_string(i)));
  EXPECT_FALSE(dial("198.51.100.5")) << "it has a place";
  EXPECT_EQ(world.server->counts().refused_full, 1U);
  EXPECT_TRUE(dial("192.0.2.1"));
  EXPECT_EQ(world.server->counts().evicted, 1U);
  EXPECT_EQ(world.server->size(), 6U);
  world.wire.run_for(1s);
  dialed[5]->user.last->send(chunk("still there?"));
  dialed[1]->user.last->send(chunk("still there?"));
  world.wire.run_for(1s);
  EXPECT_EQ(dialed[5]->user.closed, 1) << "the youngest of the network with most";
  EXPECT_EQ(dialed[1]->user.closed, 0);
  for (const auto& link : world.server_user.links) logged_in.insert(link);
  EXPECT_FALSE(dial("192.0.2.2")) << "everybody has logged in";
}

TEST(QuicServer, CountsAnIpv6NetworkAsOneAddress) {
  QuicWorld world(1, {.per_address = 2});
  std::vector<std::unique_ptr<QuicWorld::Dialed>> dialed;
  for (const char* const ip : {"2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"}) {
    dialed.push_back(world.dial(*Address::parse(ip, 1000)));
    world.wire.run_for(1s);
  }
  EXPECT_EQ(dialed[2]->user.opened, 0);
  EXPECT_EQ(dialed[3]->user.opened, 1);
}

TEST(QuicServer, NeverSendsAnUnprovenAddressMoreThanThreeTimesWhatItSent) {
  QuicWorld world;
  const Address victim = host(2, 1000);
  std::uint64_t sent = 0;
  std::string first;
  {
    const std::vector<Wire::Flight> flights = first_packets(world, 1);
    first = flights.front().bytes;
  }
  world.wire.passes = [&](const Wire::Flight& flight) { return flight.to != victim; };
  for (int i = 0; i < 50; ++i) {  // resent repeatedly, as if the answers were lost
    world.server->claim({{victim, {}}, 1, first}, world.wire.now);
    sent += first.size();
    world.wire.run_for(std::chrono::milliseconds(i % 5 == 0 ? 3000 : 10));
    ASSERT_LE(world.wire.bytes_to[victim], 3 * sent) << i;
  }
  EXPECT_GT(world.wire.bytes_to[victim], first.size()) << "there was an answer";
}

TEST(QuicServer, AnswersNothingWithMoreThanItWithoutAConnection) {
  QuicWorld world(1, {.connections = 0});
  const std::vector<Wire::Flight> flights = first_packets(world, 1);
  const auto answer_to = [&](const std::string& bytes) {
    const std::uint64_t before = world.wire.bytes_to[host(2, 1000)];
    const Inbound inbound{{host(2, 1000), {}}, 1, bytes};
    if (!world.server->claim(inbound, world.wire.now)) {
      world.server->strays().claim(inbound, world.wire.now);
    }
    world.server->flush(world.wire.now);
    return world.wire.bytes_to[host(2, 1000)] - before;
  };
  const std::string first = flights.front().bytes;
  EXPECT_GT(answer_to(first), 0U);
  EXPECT_LT(answer_to(first), 200U) << "refused";
  std::string other_version = first;
  for (std::size_t i = 1; i <= 4; ++i) other_version[i] = 0x1A;
  EXPECT_GT(answer_to(other_version), 0U);
  EXPECT_LT(answer_to(other_version), 200U) << "version negotiation";
  EXPECT_EQ(world.server->counts().version_negotiations, 2U);
  const std::string stray = 'A' + std::string(100, '\x99');
  EXPECT_EQ(answer_to(stray), StatelessResponder::kResetBytes);
  EXPECT_EQ(answer_to(stray.substr(0, StatelessResponder::kResetBytes)), 0U)
      << "two servers would answer each other";
}

TEST(QuicServer, SendsStatelessResetsWithinABudget) {
  QuicWorld world(1, {.resets_per_second = 10});
  const std::string stray = 'A' + std::string(100, '\x99');
  for (int i = 0; i < 1000; ++i) {
    world.server->strays().claim({{host(2, 1000), {}}, 1, stray}, world.wire.now);
  }
  EXPECT_EQ(world.server->counts().resets, 10U);
  world.wire.now += 500ms;
  for (int i = 0; i < 1000; ++i) {
    world.server->strays().claim({{host(2, 1000), {}}, 1, stray}, world.wire.now);
  }
  EXPECT_EQ(world.server->counts().resets, 15U);
}

TEST(QuicServer, OwnsNoTextWhateverItsFirstByte) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  for (int first = 0; first < 256; ++first) {
    for (const std::size_t length : {1U, 13U, 21U, 100U, 1199U, 1200U, 1452U, 60'000U}) {
      for (const char fill : {'x', '\n', 'J', '\x8A', '\x00'}) {
        const std::string text =
            std::string(1, static_cast<char>(first)) + std::string(length - 1, fill);
        const bool is_greased = first >= 0xC0 && fill == '\n' && length >= 1200;  // not UTF-8
        EXPECT_EQ(is_claimed(world, text), is_greased) << first << ' ' << length << ' ' << fill;
      }
    }
  }
}

std::string utf8(char32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) {
    return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  }
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
          byte(0x80 | (c & 63))};
}

TEST(QuicServer, OwnsNoTextThatLooksLikeAReservedVersion) {
  QuicWorld world;
  const Path from{host(2, 1000), {}};
  constexpr std::size_t kLongest = 4;  // bytes of one letter, which end where the filling begins
  for (const char fill : {'\n', '*', 'J', 'z'}) {
    std::string datagram(kLongest + 1300, fill);
    for (char32_t c = 1; c < 0x110000; ++c) {  // "ኊJJ", "ÊJJJ" and all the others
      const std::string letter = utf8(c);
      const std::size_t begin = kLongest - letter.size();
      letter.copy(datagram.data() + begin, letter.size());
      const auto text = std::string_view(datagram).substr(begin);
      if (!world.server->claim({from, 1, text}, world.wire.now)) continue;
      FAIL() << std::uint32_t{c} << fill;
    }
  }
}

RC_GTEST_PROP(QuicServerProperty, OwnsNoTextWhoeverElseIsThere, ()) {
  static QuicWorld world;
  static const auto one = world.connect(host(2, 1000));
  const auto letters = *rc::gen::container<std::vector<char32_t>>(
      rc::gen::oneOf(rc::gen::inRange<char32_t>(1, 128), rc::gen::inRange<char32_t>(0x80, 0xD800)));
  std::string text;
  for (const char32_t letter : letters) text += utf8(letter);
  while (!text.empty() && text.size() < 1300 && letters.size() % 2 == 0) text += text;
  RC_ASSERT(!is_claimed(world, text));
}

TEST(QuicServer, CannotBeMadeToTakeATextByAClientsChoiceOfAnId) {
  QuicWorld world;
  std::string first = first_packets(world, 1).front().bytes;
  ASSERT_EQ(first[5], 18);
  const std::string chosen = "hello, world";  // 12 bytes, as ours are
  ASSERT_EQ(chosen.size(), ConnectionId::kOurs);
  first = first.substr(0, 5) + '\x0C' + chosen + first.substr(24) + std::string(6, '\0');
  ASSERT_TRUE(is_claimed(world, first));
  ASSERT_EQ(world.server->size(), 1U);
  EXPECT_FALSE(is_claimed(world, "X" + chosen + " and so on"));
}

TEST(QuicServer, LivesThroughDamagedCutAndRepeatedDatagrams) {
  QuicWorld world;
  std::mt19937 random(42);
  std::vector<Wire::Flight> caught;
  const auto one = world.dial(host(2, 1000));
  world.wire.passes = [&](const Wire::Flight& flight) {
    if (flight.to == host(1, 5000)) caught.push_back(flight);
    return true;
  };
  ASSERT_TRUE(world.wire.run_until([&] { return one->user.opened == 1; }));
  Sender sender(one->user, numbered_text(50'000));
  sender.feed(*one->user.last);
  world.wire.run_for(1s);
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int i = 0; i < 20'000; ++i) {
    Wire::Flight flight = caught[below(caught.size())];
    if (i % 4 == 1) flight.bytes.resize(below(flight.bytes.size() + 1));
    for (std::size_t damage = below(4); damage > 0 && !flight.bytes.empty(); --damage) {
      flight.bytes[below(std::min(flight.bytes.size(), i % 3 == 0 ? std::size_t{40} : 1500))] =
          static_cast<char>(random());
    }
    if (i % 5 == 0) flight.from = host(static_cast<int>(2 + below(200)), 77);
    const Inbound inbound{{flight.from, {}}, 1, flight.bytes};
    if (!world.server->claim(inbound, world.wire.now)) {
      world.server->strays().claim(inbound, world.wire.now);
    }
    if (i % 100 == 0) world.wire.run_for(10ms);
  }
  world.wire.run_for(15s);
  EXPECT_EQ(world.server_user.opened, 1);
  EXPECT_LE(world.server->size(), 1U + 64U);
  const auto two = world.connect(host(3, 1000));
  two->user.last->send(chunk("all is well"));
  world.wire.run_for(1s);
  EXPECT_EQ(two->user.of_last().bytes, "all is well");
}

TEST(QuicServer, TellsItsClientsThatItEnds) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  const auto two = world.dial(host(3, 1000));
  one->user.last->send(chunk("hello"));
  world.wire.run_for(1s);
  world.server->close_all("the server ends", world.wire.now);
  world.wire.run_for(20ms);
  ASSERT_EQ(one->user.closed, 1);
  EXPECT_EQ(one->user.last_closed->why, "the server ends");
  EXPECT_TRUE(one->user.last_closed->by_peer);
  EXPECT_EQ(two->user.closed, 1);
  world.wire.run_for(10s);
  EXPECT_EQ(world.server_user.closed, 2);
}

TEST(QuicServer, TellsAtItsEndAlsoThoseWhoAreBeingClosed) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  one->user.last->send(chunk("hello"));
  world.wire.run_for(1s);
  Link& link = **world.server_user.links.begin();
  link.send(chunk("goodbye"));
  link.close(0, "it is over");
  world.wire.run_for(0s);  // the close waits until that has arrived
  world.server->close_all("the server ends", world.wire.now);
  world.server->flush(world.wire.now);
  world.server_socket.carrier.reset();  // the process ends
  world.wire.run_for(1s);
  EXPECT_TRUE(one->user.of_last().bytes.ends_with("goodbye"));
  ASSERT_EQ(one->user.closed, 1);
  EXPECT_EQ(one->user.last_closed->why, "it is over");
}

TEST(QuicServer, GivesEveryConnectionItsTurn) {
  QuicWorld world;
  const auto greedy = world.connect(host(2, 1000));
  Sender sender(greedy->user, numbered_text(1'000'000));  // the congestion window must grow
  sender.feed(*greedy->user.last);
  const auto modest = world.connect(host(3, 1000));
  modest->user.last->send(chunk("y"));
  world.wire.run_for(20s);
  ASSERT_EQ(greedy->user.of_last().bytes.size(), 1'000'000U);
  Link* greedy_link = nullptr;
  Link* modest_link = nullptr;
  for (Link* const link : world.server_user.links) {
    (link->peer() == host(2, 1000) ? greedy_link : modest_link) = link;
  }
  int before_modest = 0;
  bool is_modest_served = false;
  world.wire.passes = [&](const Wire::Flight& flight) {
    if (flight.to == host(3, 1000)) is_modest_served = true;
    if (!is_modest_served && flight.to == host(2, 1000)) ++before_modest;
    return true;
  };
  greedy_link->send(chunk(numbered_text(60'000)));
  modest_link->send(chunk("me too"));
  world.wire.run_for(1s);
  EXPECT_TRUE(is_modest_served);
  EXPECT_GE(before_modest, 10);
  EXPECT_LE(before_modest, 16);
}

TEST(QuicServer, ForgetsAClosedConnectionAndAnswersLatecomersAFewTimes) {
  QuicWorld world;
  const auto one = world.connect(host(2, 1000));
  one->user.last->send(chunk("hello"));
  world.wire.run_for(1s);
  std::string late;
  world.wire.passes = [&](const Wire::Flight& flight) {
    if (flight.to == host(1, 5000)) late = flight.bytes;
    return flight.to != host(2, 1000);
  };
  world.server_user.last->close(1, "go");
  one->user.last->send(chunk("are you there?"));
  world.wire.run_for(30ms);
  ASSERT_EQ(world.server_user.closed, 1);
  EXPECT_EQ(world.server->size(), 1U);
  const std::uint64_t before = world.wire.datagrams;
  for (int i = 0; i < 64; ++i) {
    world.server->claim({{host(2, 1000), {}}, 1, late}, world.wire.now);
  }
  world.server->flush(world.wire.now);
  EXPECT_LE(world.wire.datagrams - before, 8U);
  world.wire.run_for(5s);
  EXPECT_EQ(world.server->size(), 0U);
}

}  // namespace
}  // namespace palabre::link
