#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "guard/source.h"

namespace palabre::guard {

/// Who may be a guest at all.
enum class Guests {
  kLan,   ///< trusted sources; public ones get nothing
  kAll,   ///< trusted sources at once, public ones by a code
  kNone,  ///< nobody
};

/// From where members may come, whoever they are.
enum class Members {
  kLan,  ///< trusted sources
  kAll,  ///< everywhere
};

/// What the guard goes by. A source is trusted when it came in by loopback, or from a network that
/// the interface reaches without a router, or is in `trusted`; every other is public.
struct Policy {
  Guests guests = Guests::kLan;
  Members members = Members::kLan;
  std::vector<Network> trusted = {};

  /// Whoever these are is held to no pace and to no cap. Loopback is, unless `exempt_loopback` is
  /// off.
  std::vector<Network> exempt = {};
  bool exempt_loopback = true;

  /// Datagrams that one guest may send: this many at once, then this many a second.
  double burst = 20;
  double per_second = 5;

  /// Guests online at once.
  std::size_t per_ip = 8;
  std::size_t per_neighbourhood = 64;  ///< a /24, or an IPv6 /64
  std::size_t in_all = 4096;

  /// Challenges, over all sources: this many at once, then this many a second.
  double challenge_burst = 200;
  double challenges_per_second = 100;
};

}  // namespace palabre::guard
