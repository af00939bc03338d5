#pragma once

#include "base/time.h"
#include "link/datagram_socket.h"

namespace palabre::link {

/// One of those who share the datagrams of a socket. They are asked in an order that the one who
/// joins them decides (docs/architecture.md), and the first that claims a datagram has it.
class Claimant {
 public:
  virtual ~Claimant() = default;

  /// False: the datagram is none of its, and nothing has been done about it. True: it has been
  /// read, or dropped and counted. `inbound.bytes` is valid during the call.
  virtual bool claim(const Inbound& inbound, Instant now) = 0;
};

}  // namespace palabre::link
