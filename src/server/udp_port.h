#pragma once

#include <vector>

#include "link/claimant.h"
#include "link/datagram_socket.h"
#include "link/driven.h"
#include "server/house.h"

namespace palabre::server {

/// The UDP port, shared by several claimants. Each datagram is offered to them in order and belongs
/// to the first that claims it. Their order is that of the rules in docs/protocol-members.md ("The
/// shared port"): connections, text, strays. An unclaimed datagram is dropped.
///
/// One thread. Borrows the house, the socket and the claimants, which must outlive the port.
class UdpPort final : public link::Driven {
 public:
  UdpPort(House& house, link::DatagramSocket& socket, std::vector<link::Claimant*> claimants)
      : house_(house), socket_(socket), claimants_(std::move(claimants)) {}

  bool on_readable(Instant now) override;
  bool wants_to_write() const override { return house_.wants_to_write(); }
  void on_writable(Instant now) override { house_.on_writable(now); }
  std::optional<Instant> next_deadline() const override { return house_.next_deadline(); }
  void on_deadline(Instant now) override { house_.on_deadline(now); }

 private:
  House& house_;
  link::DatagramSocket& socket_;
  std::vector<link::Claimant*> claimants_;
};

}  // namespace palabre::server
