#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/address.h"

namespace palabre::net {

/// Neighbours whose hardware address the kernel has asked for without an answer. Datagrams to such
/// a neighbour wait in the kernel while it asks (three seconds, up to 212,992 bytes each), and take
/// the space in the send buffer that all others need: so they are withheld.
///
/// The kernel asks again only when something is sent. To detect neighbours that are back, one
/// datagram is let through now and then: to a neighbour that is heard from, and to the others in
/// turn.
class Unreachable {
 public:
  struct Neighbour {
    Address host;           ///< port 0
    bool is_asked = false;  ///< the kernel is asking now: further datagrams would only wait
  };

  /// Replaces the neighbours. Of those from whom datagrams have been withheld, `tries` may be sent
  /// one datagram all the same; unused tries of earlier calls count as part of `tries`.
  void set(const std::vector<Neighbour>& neighbours, std::size_t tries);

  bool empty() const { return neighbours_.empty(); }
  /// Whether a datagram to `peer` must not be sent. False for a listed neighbour uses up its try.
  bool withholds(const Address& peer);
  /// Something came from `peer`, unless its address is forged.
  void heard(const Address& peer);

 private:
  struct State {
    bool is_asked = false;
    bool may_try = false;
    bool waits = false;  ///< in `waiting_`
  };

  std::unordered_map<Address, State> neighbours_;
  std::deque<Address> waiting_;  ///< for a try: each once, in the order of waiting
};

}  // namespace palabre::net
