#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/address.h"

namespace palabre::net {

/// Neighbours that ARP or neighbour discovery could not resolve. While the kernel resolves a
/// neighbour (three seconds), up to 212,992 bytes of datagrams to it wait in the kernel, and take
/// the space in the send buffer that all others need. So datagrams to these neighbours are dropped.
///
/// The kernel resolves a neighbour again only when a datagram is sent to it. To detect neighbours
/// that are back, a neighbour is granted a probe, which is one datagram: when a datagram from it
/// arrives, and otherwise in turn.
class Unreachable {
 public:
  struct Neighbour {
    Address host;           ///< port 0
    bool is_asked = false;  ///< the kernel is resolving it now: further datagrams would only wait
  };

  /// Replaces the neighbours. Grants probes to neighbours to which datagrams were dropped, in the
  /// order of the first drop, so that at most `tries` probes are open. Probes not yet used count,
  /// including those granted by `heard`; they stay open even if they exceed `tries`. A neighbour
  /// with `is_asked` gets no probe, loses the one that it has, and loses its place in the queue
  /// when its turn comes.
  void set(const std::vector<Neighbour>& neighbours, std::size_t tries);

  bool empty() const { return neighbours_.empty(); }
  /// Decides about one datagram to `peer`; ignores its port. False: send it; a granted probe is
  /// used up. True: drop it; the neighbour queues for a probe, unless the kernel is resolving it.
  bool withholds(const Address& peer);
  /// A datagram from `peer` has arrived. Grants a probe, and no more, since the sender address may
  /// be forged. No effect while the kernel is resolving the neighbour.
  void heard(const Address& peer);

 private:
  struct State {
    bool is_asked = false;
    bool may_try = false;
    bool waits = false;  ///< in `waiting_`
  };

  std::unordered_map<Address, State> neighbours_;
  std::deque<Address> waiting_;  ///< for a probe: each once, in the order of the first drop
};

}  // namespace palabre::net
