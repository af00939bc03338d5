#include "link/quic/packet_batch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <span>
#include <string>
#include <vector>

#include "net/udp_socket.h"

// PacketBatch on a real socket; link/quic/packet_batch_test.cc has the tests without one.

namespace palabre::net {
namespace {

std::vector<std::string> await(UdpSocket& socket, std::size_t count) {
  std::vector<std::string> got;
  while (got.size() < count) {
    pollfd poll_for{socket.descriptor(), POLLIN, 0};
    if (poll(&poll_for, 1, 2000) != 1) break;
    for (const link::Inbound& inbound : socket.receive()) got.emplace_back(inbound.bytes);
  }
  return got;
}

TEST(PacketBatch, IsCutUpByTheKernelOnBothFamilies) {
  for (const char* const ip : {"127.0.0.1", "::1"}) {
    const auto server = *UdpSocket::open(*Address::parse("::", 0));
    const auto client = *UdpSocket::open(*Address::parse(ip, 0));
    in6_addr near = client->local_address().raw().sin6_addr;
    const link::Path path{client->local_address(), near};
    link::PacketBatch batch;
    for (int i = 0; i < 50; ++i) {
      const std::string text(i == 49 ? 100 : 1200, static_cast<char>('a' + i));
      batch.add_copy(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    EXPECT_TRUE(batch.send(*server));
    EXPECT_EQ(server->counts().sent, 2U) << "40 and 10 of them";
    const auto got = await(*client, 50);
    ASSERT_EQ(got.size(), 50U) << ip;
    EXPECT_EQ(got.front(), std::string(1200, 'a'));
    EXPECT_EQ(got.back(), std::string(100, static_cast<char>('a' + 49)));
  }
}

TEST(PacketBatch, LosesOnlyWhatCannotBeSent) {
  const auto server = *UdpSocket::open(*Address::parse("::", 0));
  server->set_dont_fragment();
  const auto client = *UdpSocket::open(*Address::parse("127.0.0.1", 0));
  in6_addr not_ours{};
  not_ours.s6_addr[15] = 77;
  const link::Path wrong_near_end{client->local_address(), not_ours};
  const link::Path broadcast{*Address::parse("255.255.255.255", 9), {}};
  link::PacketBatch batch;
  for (int i = 0; i < 3; ++i) {
    const std::string text(1000, static_cast<char>('a' + i));
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()),
                                              text.size());
    batch.add_copy(wrong_near_end, bytes);
  }
  const std::vector<std::uint8_t> lost(1000, 'x');
  batch.add_copy(broadcast, lost);
  batch.add_copy(broadcast, lost);
  EXPECT_TRUE(batch.send(*server));
  EXPECT_EQ(await(*client, 3).size(), 3U);
  EXPECT_EQ(server->counts().undeliverable, 2U);
}

}  // namespace
}  // namespace palabre::net
