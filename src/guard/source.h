#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace palabre::guard {

using palabre::Ip;

/// The source of a datagram: the address it claims, and the interface it arrived on, which cannot
/// be forged.
struct Source {
  Ip ip{};
  std::uint16_t port = 0;
  std::uint32_t interface = 0;  ///< index, from the kernel; 0: unknown

  bool is_v4() const;
};

/// An address range: all addresses with the same first `bits` bits as `ip`.
struct Network {
  Ip ip{};
  int bits = 128;  ///< of 128; an IPv4 /24 has 120

  bool contains(const Ip& address) const;
  /// Parses `192.168.0.0/16`, `2001:db8::/32`, or one address. Returns nothing if `text` is
  /// neither.
  static std::optional<Network> parse(std::string_view text);
  friend auto operator<=>(const Network&,
                          const Network&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The network whose guests share one cap: the source's /24, or its IPv6 /64.
Network neighbourhood(const Ip& ip);

/// An interface of this machine and a network that it reaches without a router.
struct OnLinkNetwork {
  std::uint32_t interface = 0;
  bool loopback = false;
  Network network;
};

}  // namespace palabre::guard
