#pragma once

#include <sys/uio.h>

#include <netinet/in.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"

namespace palabre::link {

/// The two ends of a datagram. The near one matters on a machine with several addresses: an answer
/// that leaves from another than the one written to is thrown away by the other side's netcat.
struct Path {
  Address peer;
  in6_addr local{};  ///< `::` leaves the choice to the kernel
};

struct Inbound {
  Path path;
  std::uint32_t interface = 0;  ///< index of the one it came in by, as the kernel says
  std::string_view bytes;
};

/// Borrows what it sends: all of it stays where it is until `send` has returned.
struct Outbound {
  const Path* path = nullptr;
  std::span<const iovec> parts;  ///< sent as one datagram, one after the other
  /// Not 0: cut into datagrams of so many bytes, of which the last may be shorter; at most
  /// `kMostSegments`. It saves a walk through the kernel for each.
  std::uint16_t segment_bytes = 0;

  static constexpr std::size_t kMostSegments = 40;
};

/// The port to the network: one UDP socket, in batches, never waiting. Implemented by `UdpSocket`
/// and by the simulation.
class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;

  /// What has come, at most one batch; empty when nothing waits. Valid until the next call.
  virtual std::span<const Inbound> receive() = 0;

  /// Sends the first of `datagrams`, in order, and returns how many are dealt with: sent, or given
  /// up because their own destination cannot be sent to (one bad address costs only its own
  /// datagram). Fewer than all means that there is no room now: wait until the socket is writable.
  virtual std::size_t send(std::span<const Outbound> datagrams) = 0;
};

}  // namespace palabre::link
