#include "net/udp_socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sysexits.h>

#include <string>
#include <vector>

namespace palabre::net {
namespace {

Address at(const std::string& ip, std::uint16_t port = 0) { return *Address::parse(ip, port); }

std::unique_ptr<UdpSocket> open_at(const std::string& ip) { return *UdpSocket::open(at(ip)); }

std::vector<std::string> await(UdpSocket& socket, std::size_t count) {
  std::vector<std::string> got;
  while (got.size() < count) {
    pollfd poll_for{socket.descriptor(), POLLIN, 0};
    if (poll(&poll_for, 1, 5000) != 1) break;
    for (const Inbound& inbound : socket.receive()) got.emplace_back(inbound.bytes);
  }
  return got;
}

std::size_t send_all(UdpSocket& socket, const std::vector<Path>& paths, std::string bytes) {
  const iovec part{bytes.data(), bytes.size()};
  std::vector<Outbound> datagrams;
  for (const Path& path : paths) datagrams.push_back(Outbound{&path, {&part, 1}});
  return socket.send(datagrams);
}

TEST(UdpSocket, CarriesWholeDatagramsOfAnyLength) {
  const auto server = open_at("127.0.0.1");
  const auto guest = open_at("127.0.0.1");
  for (const std::size_t length : {0, 1, 1200, 65507}) {
    send_all(*guest, {{server->local_address(), {}}}, std::string(length, 'x'));
    EXPECT_EQ(await(*server, 1), std::vector<std::string>{std::string(length, 'x')});
  }
}

TEST(UdpSocket, TakesBothFamiliesOnOneSocket) {
  const auto server = open_at("::");
  const std::uint16_t port = server->local_address().port();
  send_all(*open_at("127.0.0.1"), {{at("127.0.0.1", port), {}}}, "four");
  send_all(*open_at("::1"), {{at("::1", port), {}}}, "six");
  EXPECT_EQ(await(*server, 2), (std::vector<std::string>{"four", "six"}));
}

TEST(UdpSocket, AnswersFromTheAddressThatWasWrittenTo) {
  const auto server = open_at("::");
  const auto guest = open_at("127.0.0.1");
  send_all(*guest, {{at("127.0.0.9", server->local_address().port()), {}}}, "ping");
  pollfd poll_for{server->descriptor(), POLLIN, 0};
  ASSERT_EQ(poll(&poll_for, 1, 5000), 1);
  const Path back = server->receive().front().path;
  send_all(*server, {back}, "pong");
  poll_for.fd = guest->descriptor();
  ASSERT_EQ(poll(&poll_for, 1, 5000), 1);
  EXPECT_EQ(guest->receive().front().path.peer.ip(), "127.0.0.9");
}

TEST(UdpSocket, LetsOneBadDestinationCostItsOwnDatagramOnly) {
  const auto server = open_at("::");
  const auto guest = open_at("127.0.0.1");
  const Path good{guest->local_address(), {}};
  const Path port_zero{at("127.0.0.1", 0), {}};
  const Path broadcast{at("255.255.255.255", 9), {}};
  in6_addr not_ours{};
  not_ours.s6_addr[15] = 77;
  const Path wrong_near_end{guest->local_address(), not_ours};
  const std::vector<Path> paths{port_zero, good, broadcast, good, wrong_near_end, good};
  EXPECT_EQ(send_all(*server, paths, "x"), paths.size());
  EXPECT_GE(await(*guest, 3).size(), 3U);
  EXPECT_GE(server->counts().undeliverable, 2U);
}

TEST(UdpSocket, SendsMoreThanOneBatch) {
  const auto server = open_at("::");
  const auto guest = open_at("127.0.0.1");
  const std::vector<Path> paths(1000, Path{guest->local_address(), {}});
  EXPECT_EQ(send_all(*server, paths, "x"), 1000U);
  EXPECT_EQ(await(*guest, 1000).size(), 1000U);
}

TEST(UdpSocket, RefusesAPortThatIsInUseInOneSentence) {
  const auto first = open_at("127.0.0.1");
  const auto second = UdpSocket::open(first->local_address());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().exit_code, EX_UNAVAILABLE);
  EXPECT_NE(second.error().sentence.find("is in use"), std::string::npos);
}

TEST(UdpSocket, RefusesAnAddressThatIsNotOfThisMachine) {
  const auto socket = UdpSocket::open(at("192.0.2.77", 5000));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().exit_code, EX_UNAVAILABLE);
}

}  // namespace
}  // namespace palabre::net
