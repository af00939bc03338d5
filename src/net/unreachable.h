#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/address.h"

namespace palabre::net {

/// Neighbours for whose hardware address the kernel asks, or has asked, in vain. What is sent to
/// one waits in the kernel while it asks (three seconds, up to 212,992 bytes each) and takes the
/// room in the send buffer that all the others need: so it is withheld.
///
/// The kernel asks again only when something is sent. So that whoever is back is found, one
/// datagram is let through now and then: to whoever is heard from, and to the others in turn.
class Unreachable {
 public:
  struct Neighbour {
    Address host;           ///< port 0
    bool is_asked = false;  ///< the kernel asks now: whatever is sent waits, and helps nothing
  };

  /// Those of now, instead of those until now. `tries`: to so many, of those whom datagrams have
  /// been withheld from, one may be sent all the same; what is left of tries given before counts.
  void set(const std::vector<Neighbour>& neighbours, std::size_t tries);

  bool empty() const { return neighbours_.empty(); }
  /// Whether a datagram to it is not to be sent. Letting one through uses up a try.
  bool withholds(const Address& peer);
  /// Something came from there, if its address is not forged.
  void heard(const Address& peer);

 private:
  struct State {
    bool is_asked = false;
    bool may_try = false;
    bool waits = false;  ///< in `waiting_`
  };

  std::unordered_map<Address, State> neighbours_;
  std::deque<Address> waiting_;  ///< for a try: each once, whoever waits longest first
};

}  // namespace palabre::net
