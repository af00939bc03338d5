#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace palabre::link {

/// The ID by which QUIC packets are routed. A value.
struct ConnectionId {
  static constexpr std::size_t kLongest = 20;
  /// The length of the IDs that we issue.
  static constexpr std::size_t kOurs = 12;

  std::uint8_t length = 0;
  std::array<std::uint8_t, kLongest> bytes{};  ///< zero from `length` on

  ConnectionId() = default;
  /// Requires at most `kLongest` bytes.
  explicit ConnectionId(std::span<const std::uint8_t> id)
      : length(static_cast<std::uint8_t>(id.size())) {
    std::copy(id.begin(), id.end(), bytes.begin());
  }

  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

/// The fields of a datagram that are readable without a key, if it is QUIC (RFC 8999).
struct PacketView {
  bool is_long = false;
  std::uint32_t version = 0;  ///< of a long header
  ConnectionId destination;   ///< of a short header: the `ConnectionId::kOurs` bytes at its place
};

/// Empty if the datagram is too short, or its connection ID too long for any version that we speak.
inline std::optional<PacketView> view_packet(std::string_view datagram) {
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                            datagram.size());
  if (bytes.empty()) return std::nullopt;
  PacketView view;
  view.is_long = (bytes[0] & 0x80) != 0;
  if (!view.is_long) {
    if (bytes.size() < 1 + ConnectionId::kOurs) return std::nullopt;
    view.destination = ConnectionId(bytes.subspan(1, ConnectionId::kOurs));
    return view;
  }
  static constexpr std::size_t kBeforeId = 6;
  if (bytes.size() < kBeforeId || bytes[5] > ConnectionId::kLongest ||
      bytes.size() < kBeforeId + bytes[5]) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i <= 4; ++i) view.version = view.version << 8 | bytes[i];
  view.destination = ConnectionId(bytes.subspan(kBeforeId, bytes[5]));
  return view;
}

}  // namespace palabre::link
