#include "app/host/links.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "app/host/netlink.h"

namespace palabre::app {
namespace {

constexpr int kWidest = 8;  // prefix length in the address's own family: 10.0.0.0/8 may be a LAN

bool is_v4(const guard::Network& network) { return network.ip.is_v4(); }

bool is_as_good_as_default(const guard::Network& network) {
  return network.bits - (is_v4(network) ? kMappedBits : 0) < kWidest;
}

std::optional<guard::Network> network_of(nl_addr* address) {
  const int family = nl_addr_get_family(address);
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  const bool v4 = family == AF_INET;
  guard::Network network;
  if (v4) network.ip.bytes[10] = network.ip.bytes[11] = 0xFF;
  // The address of a default route has no bytes.
  const auto size = std::min<std::size_t>(nl_addr_get_len(address), v4 ? 4 : 16);
  if (size > 0) {
    std::memcpy(network.ip.data() + (v4 ? 12 : 0), nl_addr_get_binary_addr(address), size);
  }
  network.bits = static_cast<int>(nl_addr_get_prefixlen(address)) + (v4 ? kMappedBits : 0);
  return network;
}

Route::Kind kind_of(rtnl_route* route) {
  if ((rtnl_route_get_flags(route) & RTM_F_CLONED) != 0) return Route::Kind::kOther;
  const auto table = rtnl_route_get_table(route);
  const auto type = rtnl_route_get_type(route);
  if (table == RT_TABLE_MAIN && type == RTN_UNICAST) return Route::Kind::kUnicast;
  if (table == RT_TABLE_LOCAL && type == RTN_LOCAL) return Route::Kind::kLocal;
  return Route::Kind::kOther;
}

std::optional<Route> read(rtnl_route* from) {
  const auto network = network_of(rtnl_route_get_dst(from));
  if (!network) return std::nullopt;
  Route route{kind_of(from), *network, {}};
  for (int i = 0; i < rtnl_route_get_nnexthops(from); ++i) {
    rtnl_nexthop* hop = rtnl_route_nexthop_n(from, i);
    const bool has_gateway =
        rtnl_route_nh_get_gateway(hop) != nullptr || rtnl_route_nh_get_via(hop) != nullptr;
    route.hops.push_back({static_cast<std::uint32_t>(rtnl_route_nh_get_ifindex(hop)), has_gateway});
  }
  return route;
}

}  // namespace

std::vector<guard::OnLinkNetwork> links_by(const std::vector<Route>& routes,
                                           const std::set<std::uint32_t>& loopbacks) {
  std::vector<guard::OnLinkNetwork> links;
  for (const Route& route : routes) {
    if (route.kind == Route::Kind::kOther || is_as_good_as_default(route.network)) continue;
    if (std::any_of(route.hops.begin(), route.hops.end(),
                    [](const Route::Hop& hop) { return hop.has_gateway; })) {
      continue;
    }
    for (const Route::Hop& hop : route.hops) {
      const bool loopback = loopbacks.contains(hop.interface);
      if (hop.interface == 0 || (route.kind == Route::Kind::kLocal && !loopback)) continue;
      links.push_back({hop.interface, loopback, route.network});
    }
  }
  return links;
}

Result<std::vector<guard::OnLinkNetwork>> links_of_this_machine() {
  TRY(const auto interfaces, KernelTable::dump("interfaces", [](nl_sock* socket, nl_cache** cache) {
        return rtnl_link_alloc_cache(socket, AF_UNSPEC, cache);
      }));
  TRY(const auto table, KernelTable::dump("routes", [](nl_sock* socket, nl_cache** cache) {
        return rtnl_route_alloc_cache(socket, AF_UNSPEC, 0, cache);
      }));

  std::set<std::uint32_t> loopbacks;
  interfaces.for_each<rtnl_link>([&](rtnl_link* link) {
    if ((rtnl_link_get_flags(link) & IFF_LOOPBACK) == 0) return;
    loopbacks.insert(static_cast<std::uint32_t>(rtnl_link_get_ifindex(link)));
  });
  std::vector<Route> routes;
  table.for_each<rtnl_route>([&](rtnl_route* route) {
    if (auto one = read(route)) routes.push_back(*std::move(one));
  });
  return links_by(routes, loopbacks);
}

}  // namespace palabre::app
