#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "link/quic/connection_id.h"

namespace palabre::link {

struct QuicPeer;

/// Which connection a packet belongs to. Two tables, because of what they are looked up for: our
/// own IDs are random, so that no text begins like one by chance; the first ID of a connection is
/// its client's choice, an attacker's perhaps, so it is found for long headers of our version
/// alone, which no text begins like, and both tables are hashed with a secret key. Nothing is
/// owned.
class QuicRoutes {
 public:
  QuicRoutes();

  void add_ours(const ConnectionId& id, QuicPeer& peer) { ours_[id] = &peer; }
  void remove_ours(const ConnectionId& id) { ours_.erase(id); }
  /// False: another connection has it.
  bool add_first(const ConnectionId& id, QuicPeer& peer) {
    return firsts_.try_emplace(id, &peer).second;
  }
  void remove_first(const ConnectionId& id) { firsts_.erase(id); }

  /// Null where nobody's.
  QuicPeer* find(const PacketView& packet) const;
  std::size_t size() const { return ours_.size() + firsts_.size(); }

 private:
  struct Hash {
    std::array<std::uint8_t, 16> key{};
    std::size_t operator()(const ConnectionId& id) const noexcept;
  };
  using Table = std::unordered_map<ConnectionId, QuicPeer*, Hash>;

  static Hash random_hash();

  Table ours_;
  Table firsts_;
};

}  // namespace palabre::link
