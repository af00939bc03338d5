#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/result.h"
#include "guard/source.h"

namespace palabre::app {

/// A route of the kernel's, as far as it matters to what is on-link.
struct Route {
  enum class Kind {
    kUnicast,  ///< of the main table
    kLocal,    ///< to this machine itself, of the local table
    kOther,    ///< multicast, blackhole, unreachable, whatever else; any of another table
  };
  struct Hop {
    std::uint32_t interface = 0;
    bool has_gateway = false;
  };

  Kind kind = Kind::kOther;
  guard::Network network;
  std::vector<Hop> hops;  ///< one, or several that share the load
};

/// What these routes reach without a router: a link for each interface that a route goes out by, if
/// none of its hops has a gateway. Of routes to this machine itself, those by loopback.
///
/// An address and its mask do not say it: the peer of a point-to-point address is elsewhere, a /128
/// has its neighbours by a route alone. What covers as much as a default route, or half or a
/// quarter of one (0.0.0.0/1, 2000::/3), trusts nobody: that is how a VPN takes all traffic.
std::vector<guard::OnLinkNetwork> links_by(const std::vector<Route>& routes,
                                           const std::set<std::uint32_t>& loopbacks);

/// The same of this machine, as the kernel says now.
Result<std::vector<guard::OnLinkNetwork>> links_of_this_machine();

}  // namespace palabre::app
