#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "link/datagram_socket.h"

namespace palabre::link {

using Datagrams = std::vector<std::string>;

/// Calls `take(bytes)` for each datagram into which the kernel would segment `outbound`.
template <typename Take>
void cut_up(const Outbound& outbound, Take take) {
  std::string bytes;
  for (const iovec& part : outbound.parts) {
    bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
  const std::size_t step = outbound.segment_bytes;
  if (step == 0 || bytes.size() <= step) return take(std::move(bytes));
  for (std::size_t at = 0; at < bytes.size(); at += step) take(bytes.substr(at, step));
}

/// Accepts datagrams while it has `room`, and stores them by destination port.
class NarrowSocket final : public DatagramSocket {
 public:
  std::span<const Inbound> receive() override { return {}; }
  std::size_t send(std::span<const Outbound> datagrams) override {
    std::size_t sent = 0;
    for (; sent < datagrams.size() && room > 0; ++sent, --room) {
      Datagrams& to = received[datagrams[sent].path->peer.port()];
      cut_up(datagrams[sent], [&](std::string bytes) { to.push_back(std::move(bytes)); });
    }
    return sent;
  }

  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::map<std::uint16_t, Datagrams> received;
};

/// A datagram with its remote address.
struct Datagram {
  Address peer;
  std::string bytes;
};

/// Records sent datagrams in order while it has `room`, and returns datagrams that a test puts in.
class RecordingSocket final : public DatagramSocket {
 public:
  std::span<const Inbound> receive() override {
    given_ = std::exchange(put_, {});
    inbound_.clear();
    for (const auto& [datagram, interface] : given_) {
      inbound_.push_back({{datagram.peer, {}}, interface, datagram.bytes});
    }
    return inbound_;
  }
  std::size_t send(std::span<const Outbound> datagrams) override {
    std::size_t taken = 0;
    for (; taken < datagrams.size() && room > 0; ++taken, --room, ++calls) {
      std::size_t segments = 0;
      cut_up(datagrams[taken], [&](std::string bytes) {
        sent.push_back({datagrams[taken].path->peer, std::move(bytes)});
        ++segments;
      });
      most_segments = std::max(most_segments, segments);
    }
    return taken;
  }
  /// The next `receive` returns it.
  void put(Datagram datagram, std::uint32_t interface = 1) {
    put_.emplace_back(std::move(datagram), interface);
  }

  std::size_t room = std::numeric_limits<std::size_t>::max();  ///< in system calls
  std::vector<Datagram> sent;
  std::size_t calls = 0;          ///< system calls: segmented datagrams count once
  std::size_t most_segments = 0;  ///< the most segments of one call

 private:
  std::vector<std::pair<Datagram, std::uint32_t>> put_;
  std::vector<std::pair<Datagram, std::uint32_t>> given_;
  std::vector<Inbound> inbound_;
};

inline Path path(std::uint16_t port) { return {*Address::parse("10.0.0.1", port), {}}; }

}  // namespace palabre::link
