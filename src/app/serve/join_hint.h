#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace palabre::app {

/// The addresses of this machine at which a guest can reach a server bound to `bound`. Loopback
/// addresses come last. Link-local addresses are listed only if all others are loopback.
std::vector<Address> reachable_at(const Address& bound);

/// The host for a link: the first of the addresses that is not link-local, else the machine's name.
/// A link-local address (`fe80::1%2`) has the server's own interface number and means nothing
/// elsewhere.
std::string host_for_others(const std::vector<Address>& addresses);

/// The text for the person who starts a server: how to join as a guest at each of `addresses`, how
/// to join as a member at the first (if members are admitted), the rules of admission (`who_may`,
/// see `who_may_enter`), and what is missing in this version.
std::string join_hint(const Address& bound, const std::vector<Address>& addresses,
                      bool admits_members, std::string_view who_may);

}  // namespace palabre::app
