#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace palabre::guard {

using palabre::Ip;

/// Where a datagram came from: the address that it claims, and what cannot be forged, the
/// interface that it came in by.
struct Source {
  Ip ip{};
  std::uint16_t port = 0;
  std::uint32_t interface = 0;  ///< index, as the kernel tells it; 0: unknown

  bool is_v4() const;
};

/// A range of addresses: those whose first `bits` bits are `ip`'s.
struct Network {
  Ip ip{};
  int bits = 128;  ///< of the 128; an IPv4 /24 has 120

  bool contains(const Ip& address) const;
  /// Reads `192.168.0.0/16`, `2001:db8::/32`, or one address; nothing where it is none.
  static std::optional<Network> parse(std::string_view text);
  friend auto operator<=>(const Network&,
                          const Network&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The network that a source shares its caps with: its /24, or its IPv6 /64.
Network neighbourhood(const Ip& ip);

/// An interface of this machine and a network that it reaches without a router.
struct OnLinkNetwork {
  std::uint32_t interface = 0;
  bool loopback = false;
  Network network;
};

}  // namespace palabre::guard
