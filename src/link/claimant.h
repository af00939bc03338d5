#pragma once

#include "base/time.h"
#include "link/datagram_socket.h"

namespace palabre::link {

/// One of the users that share the datagrams of a socket. Their order is fixed by the object that
/// combines them (docs/protocol-members.md, "The shared port"); the first to claim a datagram has
/// it.
class Claimant {
 public:
  virtual ~Claimant() = default;

  /// True: the datagram has been read, or dropped and counted. False: it belongs to another
  /// claimant, and this call had no effect. `inbound.bytes` is valid during the call.
  virtual bool claim(const Inbound& inbound, Instant now) = 0;
};

}  // namespace palabre::link
