#include "link/quic/packet_batch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <string>
#include <vector>

#include "net/udp_socket.h"

namespace palabre::link {
namespace {

Path to(std::uint16_t port) { return {*Address::parse("10.0.0.1", port), {}}; }

/// Writes down what it is given, cut up as the kernel would.
class Notebook final : public DatagramSocket {
 public:
  std::span<const Inbound> receive() override { return {}; }
  std::size_t send(std::span<const Outbound> datagrams) override {
    std::size_t sent = 0;
    for (; sent < datagrams.size() && room > 0; ++sent, --room) {
      const Outbound& datagram = datagrams[sent];
      std::string text(static_cast<const char*>(datagram.parts[0].iov_base),
                       datagram.parts[0].iov_len);
      ++calls;
      const std::size_t step = datagram.segment_bytes == 0 ? text.size() : datagram.segment_bytes;
      EXPECT_LE((text.size() + step - 1) / step, Outbound::kMostSegments);
      for (std::size_t offset = 0; offset < text.size(); offset += step) {
        packets.emplace_back(datagram.path->peer.port(), text.substr(offset, step));
      }
    }
    return sent;
  }

  std::size_t room = 1000;
  std::size_t calls = 0;
  std::vector<std::pair<std::uint16_t, std::string>> packets;
};

void add(PacketBatch& batch, std::uint16_t port, const std::string& text) {
  batch.add_copy(to(port), {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(PacketBatch, SendsPacketsAsTheyWereWritten) {
  PacketBatch batch;
  Notebook socket;
  std::vector<std::pair<std::uint16_t, std::string>> written;
  for (int i = 0; !batch.is_full(); ++i) {
    const auto port = static_cast<std::uint16_t>(1 + i / 50);
    const std::string text(static_cast<std::size_t>(i % 7 == 6 ? 900 : 1200), static_cast<char>(i));
    add(batch, port, text);
    written.emplace_back(port, text);
  }
  EXPECT_EQ(written.size(), PacketBatch::kMostPackets);
  EXPECT_TRUE(batch.send(socket));
  EXPECT_EQ(socket.packets, written);
  EXPECT_LT(socket.calls, 25U) << "those of one length to one peer go together";
  EXPECT_TRUE(batch.is_empty());
}

TEST(PacketBatch, KeepsWhatTheSocketDoesNotTakeAndSendsItFirst) {
  PacketBatch batch;
  Notebook socket;
  socket.room = 1;
  add(batch, 1, "a");
  add(batch, 2, "b");
  add(batch, 3, "c");
  EXPECT_FALSE(batch.send(socket));
  add(batch, 3, "d");
  socket.room = 10;
  EXPECT_TRUE(batch.send(socket));
  EXPECT_EQ(socket.packets, (std::vector<std::pair<std::uint16_t, std::string>>{
                                {1, "a"}, {2, "b"}, {3, "c"}, {3, "d"}}));
}

TEST(PacketBatch, AddsNothingToWhatIsAlreadySent) {
  PacketBatch batch;
  Notebook socket;
  socket.room = 1;
  add(batch, 1, "a");
  add(batch, 2, "b");
  EXPECT_FALSE(batch.send(socket));
  socket.room = 1;
  EXPECT_TRUE(batch.send(socket));
  add(batch, 2, "c");
  socket.room = 1;
  EXPECT_TRUE(batch.send(socket));
  EXPECT_EQ(socket.packets.size(), 3U);
}

std::vector<std::string> await(net::UdpSocket& socket, std::size_t count) {
  std::vector<std::string> got;
  while (got.size() < count) {
    pollfd poll_for{socket.descriptor(), POLLIN, 0};
    if (poll(&poll_for, 1, 2000) != 1) break;
    for (const Inbound& inbound : socket.receive()) got.emplace_back(inbound.bytes);
  }
  return got;
}

TEST(PacketBatch, IsCutUpByTheKernelOnBothFamilies) {
  for (const char* const ip : {"127.0.0.1", "::1"}) {
    const auto server = *net::UdpSocket::open(*Address::parse("::", 0));
    const auto client = *net::UdpSocket::open(*Address::parse(ip, 0));
    in6_addr near = client->local_address().raw().sin6_addr;
    const Path path{client->local_address(), near};
    PacketBatch batch;
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
  const auto server = *net::UdpSocket::open(*Address::parse("::", 0));
  server->set_dont_fragment();
  const auto client = *net::UdpSocket::open(*Address::parse("127.0.0.1", 0));
  in6_addr not_ours{};
  not_ours.s6_addr[15] = 77;
  const Path wrong_near_end{client->local_address(), not_ours};
  const Path broadcast{*Address::parse("255.255.255.255", 9), {}};
  PacketBatch batch;
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
}  // namespace palabre::link
