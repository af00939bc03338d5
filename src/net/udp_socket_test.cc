#include "net/udp_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include <initializer_list>
#include <string>
#include <utility>
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
    for (const link::Inbound& inbound : socket.receive()) got.emplace_back(inbound.bytes);
  }
  return got;
}

std::size_t send_all(UdpSocket& socket, const std::vector<link::Path>& paths, std::string bytes) {
  const iovec part{bytes.data(), bytes.size()};
  std::vector<link::Outbound> datagrams;
  datagrams.reserve(paths.size());
  for (const link::Path& path : paths) datagrams.push_back(link::Outbound{&path, {&part, 1}});
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
  const link::Path back = server->receive().front().path;
  send_all(*server, {back}, "pong");
  poll_for.fd = guest->descriptor();
  ASSERT_EQ(poll(&poll_for, 1, 5000), 1);
  EXPECT_EQ(guest->receive().front().path.peer.ip(), "127.0.0.9");
}

TEST(UdpSocket, LetsOneBadDestinationCostItsOwnDatagramOnly) {
  const auto server = open_at("::");
  const auto guest = open_at("127.0.0.1");
  const link::Path good{guest->local_address(), {}};
  const link::Path port_zero{at("127.0.0.1", 0), {}};
  const link::Path broadcast{at("255.255.255.255", 9), {}};
  in6_addr not_ours{};
  not_ours.s6_addr[15] = 77;
  const link::Path wrong_near_end{guest->local_address(), not_ours};
  const std::vector<link::Path> paths{port_zero, good, broadcast, good, wrong_near_end, good};
  EXPECT_EQ(send_all(*server, paths, "x"), paths.size());
  EXPECT_GE(await(*guest, 3).size(), 3U);
  EXPECT_GE(server->counts().undeliverable, 2U);
}

TEST(UdpSocket, SendsMoreThanOneBatch) {
  const auto server = open_at("::");
  const auto guest = open_at("127.0.0.1");
  const std::vector<link::Path> paths(1000, link::Path{guest->local_address(), {}});
  EXPECT_EQ(send_all(*server, paths, "x"), 1000U);
  EXPECT_EQ(await(*guest, 1000).size(), 1000U);
}

TEST(UdpSocket, WithholdsFromUnreachableNeighboursAlone) {
  const auto server = open_at("::");
  const auto guest = open_at("127.0.0.1");
  const auto gone = open_at("127.0.0.9");
  const link::Path good{guest->local_address(), {}};
  const link::Path bad{gone->local_address(), {}};
  const std::vector<link::Path> paths{bad, good, bad, bad, good, good, bad};
  server->set_unreachable({{bad.peer.without_port()}}, 0);
  EXPECT_EQ(send_all(*server, paths, "x"), paths.size());
  EXPECT_EQ(await(*guest, 3).size(), 3U);
  EXPECT_TRUE(gone->receive().empty());
  EXPECT_EQ(server->counts().undeliverable, 4U);
  EXPECT_EQ(server->counts().sent, 3U);
  server->set_unreachable({}, 0);
  EXPECT_EQ(send_all(*server, {bad}, "x"), 1U);
  EXPECT_EQ(await(*gone, 1).size(), 1U);
}

TEST(UdpSocket, TriesAnUnreachableNeighbourThatIsHeardFrom) {
  const auto server = open_at("127.0.0.1");
  const auto guest = open_at("127.0.0.9");
  const link::Path path{guest->local_address(), {}};
  server->set_unreachable({{path.peer.without_port()}}, 0);
  send_all(*guest, {{server->local_address(), {}}}, "ping");
  EXPECT_EQ(await(*server, 1).size(), 1U);
  EXPECT_EQ(send_all(*server, {path, path}, "pong"), 2U);
  EXPECT_EQ(await(*guest, 1).size(), 1U);
  EXPECT_EQ(server->counts().undeliverable, 1U);
}

TEST(UdpSocket, SaysNothingOfAFillingBufferWhileItIsEmpty) {
  const auto server = open_at("127.0.0.1");
  const auto guest = open_at("127.0.0.1");
  int calls = 0;
  server->when_filling([&] { ++calls; });
  // Over loopback, a sent datagram leaves the send buffer at once.
  EXPECT_EQ(
      send_all(*server, std::vector<link::Path>(2000, link::Path{guest->local_address(), {}}), "x"),
      2000U);
  EXPECT_EQ(calls, 0);
}

TEST(UdpSocket, IsToldThatNobodyListensWhereItAsksForThat) {
  for (const char* const ip : {"127.0.0.1", "::1"}) {
    const Address gone = open_at(ip)->local_address();
    const auto plain = open_at("::");
    const auto told = open_at("::");
    told->set_report_refusals();
    send_all(*plain, {{gone, {}}}, "anybody?");
    send_all(*told, {{gone, {}}}, "anybody?");
    pollfd poll_for{told->descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&poll_for, 1, 5000), 1);
    EXPECT_TRUE(told->receive().empty());
    EXPECT_TRUE(told->take_refusal());
    EXPECT_FALSE(told->take_refusal());
    EXPECT_EQ(poll(&poll_for, 1, 0), 0) << "it must not be readable for ever";
    EXPECT_FALSE(plain->take_refusal());
  }
}

TEST(UdpSocket, FragmentsNothingOnceToldSo) {
  const auto socket = open_at("::");
  socket->set_dont_fragment();
  int v4 = 0;
  int v6 = 0;
  socklen_t length = sizeof v4;
  getsockopt(socket->descriptor(), IPPROTO_IP, IP_MTU_DISCOVER, &v4, &length);
  getsockopt(socket->descriptor(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, &length);
  EXPECT_EQ(v4, IP_PMTUDISC_PROBE);
  EXPECT_EQ(v6, IPV6_PMTUDISC_PROBE);
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

int made(int family, int type) { return socket(family, type | SOCK_CLOEXEC, 0); }

int bound_to_loopback(int type) {
  const int descriptor = made(AF_INET, type);
  const sockaddr_in loopback = *at("127.0.0.1").raw_v4();
  EXPECT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback), 0);
  return descriptor;
}

TEST(UdpSocket, TakesOverASocketThatSomebodyElseHasBound) {
  const auto adopted = UdpSocket::adopt(bound_to_loopback(SOCK_DGRAM));
  ASSERT_TRUE(adopted) << adopted.error().sentence;
  UdpSocket& server = **adopted;
  EXPECT_TRUE(server.receive().empty()) << "it must not block";
  const auto guest = open_at("127.0.0.1");
  send_all(*guest, {{server.local_address(), {}}}, "ping");
  pollfd poll_for{server.descriptor(), POLLIN, 0};
  ASSERT_EQ(poll(&poll_for, 1, 5000), 1);
  const link::Path back = server.receive().front().path;
  EXPECT_FALSE(IN6_IS_ADDR_UNSPECIFIED(&back.local)) << "where it was written to is not known";
  send_all(server, {back}, "pong");
  EXPECT_EQ(await(*guest, 1), std::vector<std::string>{"pong"});
}

TEST(UdpSocket, NeverMakesTheBufferOfATakenOverSocketSmaller) {
  const int descriptor = bound_to_loopback(SOCK_DGRAM);
  const int bytes = 32 << 20;
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    close(descriptor);
    GTEST_SKIP() << "only with CAP_NET_ADMIN is there such a buffer";
  }
  const auto adopted = UdpSocket::adopt(descriptor);
  ASSERT_TRUE(adopted);
  int after = 0;
  socklen_t length = sizeof after;
  getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &after, &length);
  EXPECT_EQ(after, 2 * bytes);
}

TEST(UdpSocket, RefusesToTakeOverWhatIsNoBoundUdpSocketInOneSentence) {
  const int connected = bound_to_loopback(SOCK_DGRAM);
  const auto guest = open_at("127.0.0.1");
  const sockaddr_in peer = *guest->local_address().raw_v4();
  ASSERT_EQ(connect(connected, reinterpret_cast<const sockaddr*>(&peer), sizeof peer), 0);
  for (const auto& [descriptor, part] : std::initializer_list<std::pair<int, std::string>>{
           {bound_to_loopback(SOCK_STREAM), "not a UDP socket"},
           {made(AF_UNIX, SOCK_DGRAM), "not a UDP socket"},
           {open("/dev/null", O_RDONLY | O_CLOEXEC), "not a UDP socket"},
           {made(AF_INET6, SOCK_DGRAM), "not bound"},
           {connected, "connected"}}) {
    const auto adopted = UdpSocket::adopt(descriptor);
    ASSERT_FALSE(adopted) << part;
    EXPECT_EQ(adopted.error().exit_code, EX_CONFIG);
    EXPECT_NE(adopted.error().sentence.find(part), std::string::npos) << adopted.error().sentence;
    EXPECT_EQ(close(descriptor), 0) << "it stays the caller's";
  }
}

}  // namespace
}  // namespace palabre::net
