#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "link/datagram_socket.h"

namespace palabre::link {

using Datagrams = std::vector<std::string>;

/// Takes as many datagrams as it has room for, by the port they go to.
class NarrowSocket final : public DatagramSocket {
 public:
  std::span<const Inbound> receive() override { return {}; }
  std::size_t send(std::span<const Outbound> datagrams) override {
    std::size_t sent = 0;
    for (; sent < datagrams.size() && room > 0; ++sent, --room) {
      std::string& bytes = received[datagrams[sent].path->peer.port()].emplace_back();
      for (const iovec& part : datagrams[sent].parts) {
        bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
      }
    }
    return sent;
  }

  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::map<std::uint16_t, Datagrams> received;
};

inline Path path(std::uint16_t port) { return {*Address::parse("10.0.0.1", port), {}}; }

}  // namespace palabre::link
