#include "store/source.h"

#include <sodium/crypto_generichash.h>

#include <array>
#include <bit>
#include <limits>

namespace palabre::store {
namespace {

constexpr std::uint64_t kV4 = std::uint64_t{0xffff} << 32;  // its id cannot be an IPv6 network's

std::uint64_t bits_at(const Ip& ip, std::size_t first, std::size_t bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = first; i < first + bytes; ++i) bits = bits << 8 | ip.bytes.at(i);
  return bits;
}

}  // namespace

std::int64_t owner_id(std::string_view owner) {
  if (owner.empty()) return 0;
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(owner.data()),
                     owner.size(), nullptr, 0);
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8 | hash.at(i);
  return static_cast<std::int64_t>(id >> 1 | 1);
}

std::int64_t network_id(const Network& network) {
  return std::bit_cast<std::int64_t>(network.is_v4() ? kV4 | bits_at(network.ip, 12, 4)
                                                     : bits_at(network.ip, 0, 8));
}

NetworkRange NetworkRange::of(const Network& network) {
  const bool is_v4 = network.is_v4();
  // Shared networks are a /24 or a /64: a smaller one says nothing about any of them.
  const int free = is_v4 ? 128 - network.bits : 64 - network.bits;
  if (free < (is_v4 ? 8 : 0)) return {};
  if (free >= 64) {
    return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
  const std::uint64_t others = (std::uint64_t{1} << free) - 1;
  const auto id = std::bit_cast<std::uint64_t>(network_id(network));
  return {std::bit_cast<std::int64_t>(id & ~others), std::bit_cast<std::int64_t>(id | others)};
}

}  // namespace palabre::store
