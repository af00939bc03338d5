#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/bucket.h"
#include "guard/source.h"

namespace palabre::guard {

/// Admission of guests.
enum class Guests {
  kLan,   ///< trusted sources; public ones get no answer
  kAll,   ///< trusted sources at once, public ones after a challenge
  kNone,  ///< nobody
};

/// Admission of members, by their address.
enum class Members {
  kLan,  ///< trusted sources
  kAll,  ///< everywhere
};

/// The pace of posts of one member, on all its sessions together; faster posts wait.
struct PostRates {
  Rate from_public{20, 2};
  Rate from_lan{200, 20};
  /// A member that an operator has marked as a bot, wherever it posts from. Its posts count for
  /// no address.
  Rate of_bots{200, 50};
  /// The pace of an IPv4 address or an IPv6 /64, and of an IPv4 /24 or an IPv6 /56: so many times
  /// that of one member. Members and guests are counted apart.
  double address_times = 10;
  double network_times = 40;
};

/// By what others are shown a guest without a nickname.
enum class Names {
  kAddress,  ///< `[ip:port]`
  kCloak,    ///< a public guest by a name made of a keyed hash of it, any other as above
};

/// The guard's configuration. A source is trusted if its datagram arrived on loopback, or from a
/// network that the interface reaches without a router, or from a network in `trusted`; all others
/// are public.
struct Policy {
  Guests guests = Guests::kLan;
  Members members = Members::kLan;
  std::vector<Network> trusted = {};

  /// Exempt from the rate limit and from the caps on places, but not from `in_all`. Loopback is
  /// exempt too, unless `exempt_loopback` is off.
  std::vector<Network> exempt = {};
  bool exempt_loopback = true;

  /// Rate limit of one guest: `burst` at once, then `per_second`. Each datagram counts, and each
  /// further request in it.
  double burst = 20;
  double per_second = 5;
  double public_per_second = 2;  ///< in place of `per_second` for guests from public addresses

  /// The paces of members' posts. Their `address_times` and `network_times` hold for guests too.
  PostRates posts = {};

  /// Caps on guests online at once.
  std::size_t per_ip = 8;
  std::size_t per_neighbourhood = 64;  ///< a /24, or an IPv6 /64
  std::size_t in_all = 4096;

  /// Rate limit of challenges to all sources together.
  double challenge_burst = 200;
  double challenges_per_second = 100;
};

}  // namespace palabre::guard
