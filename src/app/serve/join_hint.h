#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace palabre::app {

/// The addresses of this machine at which a guest can reach a server bound to `bound`, the ones
/// that others can use first, loopback last. Link-local ones only where there is nothing else.
std::vector<Address> reachable_at(const Address& bound);

/// Where others reach the server, for a link: the first of its addresses that means something to
/// them, else the machine's name. The number of an interface (`fe80::1%2`) is the server's own.
std::string host_for_others(const std::vector<Address>& addresses);

/// What whoever starts a server wants to read: how to join it, as a guest at each of `addresses`
/// and, where members are admitted, as one at the first; who may (see `who_may_enter`); and what it
/// does not do yet.
std::string join_hint(const Address& bound, const std::vector<Address>& addresses,
                      bool admits_members, std::string_view who_may);

}  // namespace palabre::app
