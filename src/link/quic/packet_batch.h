#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "link/datagram_socket.h"

namespace palabre::link {

/// QUIC packets that are written and not yet sent. Consecutive packets of one length to one peer
/// leave as one datagram that the kernel cuts into segments.
///
/// Bounded: while the batch or the socket is full, connections write no more, and keep their data.
/// So no written packet is ever dropped here.
class PacketBatch {
 public:
  static constexpr std::size_t kLongestPacket = 1452;
  static constexpr std::size_t kMostPackets = 128;

  /// `most`: how many packets it holds.
  explicit PacketBatch(std::size_t most = kMostPackets);

  bool is_full() const { return packets_ == most_; }
  bool is_empty() const { return runs_.empty(); }
  /// Space for the next packet, `kLongestPacket` bytes. Requires that the batch is not full.
  std::span<std::uint8_t> space();
  /// Appends the packet of `length` bytes that has been written into `space`, to be sent along
  /// `path`.
  void add(const Path& path, std::size_t length);
  /// Appends a copy of a packet of at most `kLongestPacket` bytes.
  void add_copy(const Path& path, std::span<const std::uint8_t> packet);
  /// False: the socket has no room for all; the rest stays, and is sent first by the next call.
  bool send(DatagramSocket& socket);

 private:
  struct Run {
    Path path;
    std::size_t offset = 0;
    std::size_t length = 0;
    std::size_t segment = 0;
    std::size_t segments = 0;

    bool takes(const Path& to, std::size_t bytes) const;
  };

  const std::size_t most_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t used_ = 0;
  std::size_t packets_ = 0;
  std::vector<Run> runs_;
  std::size_t sent_runs_ = 0;
  std::vector<iovec> parts_;
  std::vector<Outbound> outbound_;
};

}  // namespace palabre::link
