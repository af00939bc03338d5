#include "link/quic/routes.h"

#include <sodium/crypto_shorthash.h>
#include <sodium/randombytes.h>

#include <cstring>

namespace palabre::link {

QuicRoutes::QuicRoutes() : ours_(0, random_hash()), firsts_(0, random_hash()) {}

QuicRoutes::Hash QuicRoutes::random_hash() {
  Hash hash;
  static_assert(sizeof hash.key == crypto_shorthash_KEYBYTES);
  randombytes_buf(hash.key.data(), hash.key.size());
  return hash;
}

std::size_t QuicRoutes::Hash::operator()(const ConnectionId& id) const noexcept {
  std::array<std::uint8_t, crypto_shorthash_BYTES> mac{};
  crypto_shorthash(mac.data(), id.bytes.data(), id.length, key.data());
  std::size_t hash = 0;
  std::memcpy(&hash, mac.data(), sizeof hash);
  return hash;
}

QuicPeer* QuicRoutes::find(const PacketView& packet) const {
  if (packet.destination.length == ConnectionId::kOurs) {
    const auto found = ours_.find(packet.destination);
    if (found != ours_.end()) return found->second;
  }
  if (!packet.is_long) return nullptr;
  const auto found = firsts_.find(packet.destination);
  return found == firsts_.end() ? nullptr : found->second;
}

}  // namespace palabre::link
