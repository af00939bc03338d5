#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace palabre {

/// From where a peer is reached. The most trusted first.
enum class Reach {
  kLoopback,  ///< this machine
  kLan,       ///< a network that an interface reaches without a router, or one that is trusted
  kPublic,    ///< any other
};

/// The levels at which those who come from an address are counted together: 0 the address itself
/// (of IPv6 its /64), 1 its network (/24 or /56), 2 its site (the /48 of IPv6 alone).
inline constexpr std::size_t kLevels = 3;
inline std::size_t levels_of(const Ip& ip) { return ip.is_v4() ? 2 : kLevels; }

/// The bits of an `Ip` before the address of IPv4 in it.
inline constexpr int kMappedBits = 96;

/// An address range: all addresses with the same first `bits` bits as `ip`.
struct Network {
  Ip ip{};
  int bits = 128;  ///< of 128; an IPv4 /24 has 120

  /// The network of `bits` of 128 around the address.
  static Network of(const Ip& ip, int bits);
  /// The same: `v4` of 32 bits, or `v6` of 128.
  static Network around(const Ip& ip, int v4, int v6);
  /// The network in which the address is counted at the level, which is below `levels_of(ip)`.
  static Network at_level(const Ip& ip, std::size_t level);
  /// Whether all of its addresses are IPv4.
  bool is_v4() const { return bits >= kMappedBits && ip.is_v4(); }
  bool contains(const Ip& address) const;
  /// Whether all addresses of the other are in this one.
  bool contains(const Network& other) const { return other.bits >= bits && contains(other.ip); }
  /// Parses `192.168.0.0/16`, `2001:db8::/32`, or one address. Returns nothing if `text` is
  /// neither.
  static std::optional<Network> parse(std::string_view text);
  friend auto operator<=>(const Network&,
                          const Network&) = default;  // NOLINT(modernize-use-nullptr)
};

/// As `Network::parse` reads it; one address without its bits: `10.1.0.0/16`, `2001:db8::1`.
std::string to_text(const Network& network);

/// The network whose sessions share one cap: the /24 of an IPv4 address, or an IPv6 /64.
Network neighbourhood(const Ip& ip);

/// The network that a ban of one address is for: an IPv4 address, or the /64 of an IPv6 address,
/// whose owner has all of it. Link-local addresses share one /64, so one of them stands alone.
Network network_to_ban(const Ip& ip);

}  // namespace palabre
