#include "server/udp_port.h"

#include <algorithm>

namespace palabre::server {

bool UdpPort::on_readable(Instant now) {
  const auto batch = socket_.receive();
  for (const link::Inbound& inbound : batch) {
    const bool is_claimed =
        std::any_of(claimants_.begin(), claimants_.end(),
                    [&](link::Claimant* one) { return one->claim(inbound, now); });
    // The next datagram of the batch may depend on it: a guest that has quit may have written
    // again.
    if (is_claimed) house_.hear(now);
  }
  house_.settle(now);
  return batch.empty();
}

}  // namespace palabre::server
