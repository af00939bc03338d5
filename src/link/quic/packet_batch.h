#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "link/datagram_socket.h"

namespace palabre::link {

/// QUIC packets that are written and not yet sent. Packets of one length to one peer, one after the
/// other, leave as one datagram that the kernel cuts up.
///
/// It has an end: when it is full, or the socket is, connections do not write any more; what they
/// would have written waits with them. So nothing that is written is ever dropped here.
class PacketBatch {
 public:
  static constexpr std::size_t kLongestPacket = 1452;
  static constexpr std::size_t kMostPackets = 128;

  /// Room for so many packets.
  explicit PacketBatch(std::size_t most = kMostPackets);

  bool is_full() const { return packets_ == most_; }
  bool is_empty() const { return runs_.empty(); }
  /// Where the next packet is to be written, `kLongestPacket` bytes. Requires that it is not full.
  std::span<std::uint8_t> space();
  /// A packet of `length` bytes stands in `space`; it goes there.
  void add(const Path& path, std::size_t length);
  /// One that stands elsewhere, of at most `kLongestPacket`.
  void add_copy(const Path& path, std::span<const std::uint8_t> packet);
  /// False: the socket has no room for all; the rest stays, and goes first the next time.
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
