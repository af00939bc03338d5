#pragma once

#include <ngtcp2/ngtcp2.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "link/datagram_socket.h"
#include "link/quic/connection_id.h"

/// Conversions between our values and ngtcp2's. Included by sources only.
namespace palabre::link {

inline ngtcp2_duration to_quic(Duration duration) {
  return static_cast<ngtcp2_duration>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

inline ngtcp2_tstamp to_quic(Instant instant) { return to_quic(instant.time_since_epoch()); }

inline std::optional<Instant> from_quic(ngtcp2_tstamp stamp) {
  if (stamp > static_cast<ngtcp2_tstamp>(INT64_MAX)) return std::nullopt;  // never
  return Instant(std::chrono::nanoseconds(static_cast<std::int64_t>(stamp)));
}

inline ngtcp2_cid to_quic(const ConnectionId& id) {
  ngtcp2_cid cid;
  ngtcp2_cid_init(&cid, id.bytes.data(), id.length);
  return cid;
}

inline ConnectionId from_quic(const ngtcp2_cid& cid) {
  return ConnectionId({cid.data, cid.datalen});
}

/// A path for the duration of a call. The local port is omitted: there is only one socket.
class QuicPath {
 public:
  explicit QuicPath(const Path& path) : peer_(path.peer.raw()) {
    local_.sin6_family = AF_INET6;
    local_.sin6_addr = path.local;
    path_ = {{reinterpret_cast<sockaddr*>(&local_), sizeof local_},
             {reinterpret_cast<sockaddr*>(&peer_), sizeof peer_},
             nullptr};
  }
  QuicPath(const QuicPath&) = delete;
  QuicPath& operator=(const QuicPath&) = delete;

  const ngtcp2_path* get() const { return &path_; }
  const ngtcp2_addr& peer() const { return path_.remote; }

 private:
  sockaddr_in6 local_{};
  sockaddr_in6 peer_{};
  ngtcp2_path path_{};
};

inline Path from_quic(const ngtcp2_path& path) {
  return {Address(*reinterpret_cast<const sockaddr_in6*>(path.remote.addr)),
          reinterpret_cast<const sockaddr_in6*>(path.local.addr)->sin6_addr};
}

}  // namespace palabre::link
