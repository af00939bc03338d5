#pragma once

#include <sys/uio.h>

#include <netinet/in.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"

namespace palabre::link {

/// The two ends of a datagram. The local end matters on a machine with several addresses: the
/// peer's netcat drops an answer that comes from another address than the one it wrote to.
struct Path {
  Address peer;
  in6_addr local{};  ///< `::`: the kernel chooses
};

struct Inbound {
  Path path;
  std::uint32_t interface = 0;  ///< index of the interface by which it arrived
  std::string_view bytes;
};

/// Borrows what it sends, until `send` has returned.
struct Outbound {
  const Path* path = nullptr;
  std::span<const iovec> parts;  ///< concatenated into one datagram
  /// Not 0: the kernel cuts the bytes into datagrams of this many bytes; the last may be shorter;
  /// at most `kMostSegments`. That saves the kernel's cost per datagram.
  std::uint16_t segment_bytes = 0;

  static constexpr std::size_t kMostSegments = 40;
};

/// The port to the network: one UDP socket, in batches, non-blocking. Implemented by `UdpSocket`
/// and by the simulation.
class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;

  /// The datagrams that wait, at most one batch; empty if none. Valid until the next call.
  virtual std::span<const Inbound> receive() = 0;

  /// Sends a prefix of `datagrams`, in order, and returns its length: datagrams that were sent, or
  /// dropped because their own destination failed (one bad address costs only its own datagram).
  /// Fewer than all: no room now, wait until the socket is writable.
  virtual std::size_t send(std::span<const Outbound> datagrams) = 0;
};

}  // namespace palabre::link
