#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/network.h"

namespace palabre::guard {

using palabre::Ip;
using palabre::Network;

/// The source of a datagram: the address it claims, and the interface it arrived on, which cannot
/// be forged.
struct Source {
  Ip ip{};
  std::uint16_t port = 0;
  std::uint32_t interface = 0;  ///< index, from the kernel; 0: unknown
};

/// An interface of this machine and a network that it reaches without a router.
struct OnLinkNetwork {
  std::uint32_t interface = 0;
  bool loopback = false;
  Network network;
};

}  // namespace palabre::guard
