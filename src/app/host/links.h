#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/result.h"
#include "guard/source.h"

namespace palabre::app {

/// A kernel route, reduced to what decides whether its network is on-link.
struct Route {
  enum class Kind {
    kUnicast,  ///< unicast, of the main table
    kLocal,    ///< to this machine itself, of the local table
    kOther,    ///< multicast, blackhole, unreachable, others; routes of other tables
  };
  struct Hop {
    std::uint32_t interface = 0;
    bool has_gateway = false;
  };

  Kind kind = Kind::kOther;
  guard::Network network;
  std::vector<Hop> hops;  ///< one, or several of a multipath route
};

/// The networks that these routes reach without a router: one link per interface of a route, if no
/// hop of the route has a gateway. A route to this machine itself counts only if its interface is
/// in `loopbacks`.
///
/// The addresses and masks of the interfaces are not sufficient: the peer of a point-to-point
/// address is elsewhere, and a /128 has its neighbours by a route alone. Routes wider than a /8 are
/// ignored: a default route, or a half or a quarter of one (0.0.0.0/1, 2000::/3), by which a VPN
/// takes all traffic.
std::vector<guard::OnLinkNetwork> links_by(const std::vector<Route>& routes,
                                           const std::set<std::uint32_t>& loopbacks);

/// The same for this machine, as the kernel lists its routes now.
Result<std::vector<guard::OnLinkNetwork>> links_of_this_machine();

}  // namespace palabre::app
