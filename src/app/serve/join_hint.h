#pragma once

#include <string>
#include <vector>

#include "base/address.h"

namespace palabre::app {

/// The addresses of this machine at which a guest can reach a server bound to `bound`, the ones
/// that others can use first, loopback last. Link-local ones only where there is nothing else.
std::vector<Address> reachable_at(const Address& bound);

/// What whoever starts a server wants to read: how to join it, as a guest at each of `addresses`
/// and, where members are admitted, as one at the first; and what it does not do yet.
std::string join_hint(const Address& bound, const std::vector<Address>& addresses,
                      bool admits_members);

}  // namespace palabre::app
