#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "link/quic/connection_id.h"

namespace palabre::link {

struct QuicPeer;

/// Maps packets to connections. Two tables, because their keys differ in trust. Our own IDs are
/// random, so no text matches one by chance. The first ID of a connection is chosen by its client,
/// perhaps an attacker: it is looked up only for long headers of our version, with which no text
/// begins. Both tables are hashed with a secret key. Owns nothing.
class QuicRoutes {
 public:
  QuicRoutes();

  void add_ours(const ConnectionId& id, QuicPeer& peer) { ours_[id] = &peer; }
  void remove_ours(const ConnectionId& id) { ours_.erase(id); }
  /// False: another connection has this ID.
  bool add_first(const ConnectionId& id, QuicPeer& peer) {
    return firsts_.try_emplace(id, &peer).second;
  }
  void remove_first(const ConnectionId& id) { firsts_.erase(id); }

  /// Null if no connection has the ID.
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
