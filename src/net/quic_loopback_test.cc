#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/quic_driver.h"
#include "link/quic/client.h"
#include "link/quic/server.h"
#include "net/udp_socket.h"

namespace palabre::net {
namespace {

using link::QuicClient;

/// A server and a client on real sockets, driven as their drivers would do it.
struct Loopback {
  explicit Loopback(const char* ip) : server_socket(*UdpSocket::open(*Address::parse("::", 0))) {
    server_user.echoes = true;
    server_socket->set_dont_fragment();
    client_socket->set_dont_fragment();
    client_socket->set_report_refusals();
    address = *Address::parse(ip, server_socket->local_address().port());
  }

  static Instant now() { return std::chrono::steady_clock::now(); }

  static void turn(const link::Carrier& carrier, UdpSocket& socket) {
    for (const link::Inbound& inbound : socket.receive()) carrier.claim(inbound, now());
    const auto due = carrier.next_deadline();
    if (due && *due <= now()) carrier.on_deadline(now());
    carrier.flush(now());
  }

  bool run_until(QuicClient& client, const std::function<bool()>& is_done) {
    for (int i = 0; i < 20'000 && !is_done(); ++i) {
      if (server_is_there) turn(link::carrier_of(server), *server_socket);
      turn(link::carrier_of(client, *client_socket), *client_socket);
      if (client_socket->take_refusal()) client.on_unreachable(now());
      std::array<pollfd, 2> wait{
          {{server_socket->descriptor(), POLLIN, 0}, {client_socket->descriptor(), POLLIN, 0}}};
      poll(wait.data(), wait.size(), 1);
    }
    return is_done();
  }

  bool server_is_there = true;
  std::unique_ptr<UdpSocket> server_socket;
  std::unique_ptr<UdpSocket> client_socket = *UdpSocket::open(*Address::parse("::", 0));
  Address address;
  link::Listener server_user;
  link::Listener user;
  std::unique_ptr<link::QuicTls> tls = link::QuicTls::client();
  link::QuicServer server{
      server_user, *server_socket, link::test_certificate(), link::QuicSecret::random(), {}, {}};
};

TEST(QuicLoopback, SpeaksThroughRealSockets) {
  for (const char* const ip : {"127.0.0.1", "127.0.0.9", "::1"}) {
    Loopback world(ip);
    QuicClient client(world.user, *world.tls, world.address, {}, {}, Loopback::now());
    ASSERT_TRUE(world.run_until(client, [&] { return world.user.opened == 1; })) << ip;
    const std::string text = link::numbered_text(1'000'000);
    link::Sender sender(world.user, text);
    sender.feed(*world.user.last);
    EXPECT_TRUE(
        world.run_until(client, [&] { return world.user.of_last().bytes.size() >= text.size(); }));
    EXPECT_EQ(world.user.of_last().bytes, text);
  }
}

TEST(QuicLoopback, IsToldByTheMachineThatNobodyListens) {
  Loopback world("127.0.0.1");
  const Address gone = UdpSocket::open(*Address::parse("127.0.0.1", 0)).value()->local_address();
  std::optional<QuicClient::Failure> failure;
  QuicClient client(
      world.user, *world.tls, gone, {},
      [&](const QuicClient::Failure& how, Instant) { failure = how; }, Loopback::now());
  ASSERT_TRUE(world.run_until(client, [&] { return failure.has_value(); }));
  EXPECT_EQ(failure->ending.cause, link::QuicEnding::Cause::kUnreachable);
}

}  // namespace
}  // namespace palabre::net
