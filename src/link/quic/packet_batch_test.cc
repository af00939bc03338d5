#include "link/quic/packet_batch.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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

}  // namespace
}  // namespace palabre::link
