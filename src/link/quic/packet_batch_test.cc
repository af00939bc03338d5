#include "link/quic/packet_batch.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "drivers/socket_driver.h"

namespace palabre::link {
namespace {

using Packets = std::vector<std::pair<std::uint16_t, std::string>>;

/// The sent packets with their ports, after the kernel's segmentation.
Packets packets(const RecordingSocket& socket) {
  EXPECT_LE(socket.most_segments, Outbound::kMostSegments);
  Packets all;
  for (const Datagram& sent : socket.sent) all.emplace_back(sent.peer.port(), sent.bytes);
  return all;
}

void add(PacketBatch& batch, std::uint16_t port, const std::string& text) {
  batch.add_copy(path(port), {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(PacketBatch, SendsPacketsAsTheyWereWritten) {
  PacketBatch batch;
  RecordingSocket socket;
  Packets written;
  for (int i = 0; !batch.is_full(); ++i) {
    const auto port = static_cast<std::uint16_t>(1 + i / 50);
    const std::string text(static_cast<std::size_t>(i % 7 == 6 ? 900 : 1200), static_cast<char>(i));
    add(batch, port, text);
    written.emplace_back(port, text);
  }
  EXPECT_EQ(written.size(), PacketBatch::kMostPackets);
  EXPECT_TRUE(batch.send(socket));
  EXPECT_EQ(packets(socket), written);
  EXPECT_LT(socket.calls, 25U) << "those of one length to one peer go together";
  EXPECT_TRUE(batch.is_empty());
}

TEST(PacketBatch, KeepsWhatTheSocketDoesNotTakeAndSendsItFirst) {
  PacketBatch batch;
  RecordingSocket socket;
  socket.room = 1;
  add(batch, 1, "a");
  add(batch, 2, "b");
  add(batch, 3, "c");
  EXPECT_FALSE(batch.send(socket));
  add(batch, 3, "d");
  socket.room = 10;
  EXPECT_TRUE(batch.send(socket));
  EXPECT_EQ(packets(socket), (Packets{{1, "a"}, {2, "b"}, {3, "c"}, {3, "d"}}));
}

TEST(PacketBatch, AddsNothingToWhatIsAlreadySent) {
  PacketBatch batch;
  RecordingSocket socket;
  socket.room = 1;
  add(batch, 1, "a");
  add(batch, 2, "b");
  EXPECT_FALSE(batch.send(socket));
  socket.room = 1;
  EXPECT_TRUE(batch.send(socket));
  add(batch, 2, "c");
  socket.room = 1;
  EXPECT_TRUE(batch.send(socket));
  EXPECT_EQ(packets(socket).size(), 3U);
}

}  // namespace
}  // namespace palabre::link
