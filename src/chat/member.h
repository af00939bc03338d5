#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace palabre::chat {

/// Who a member is, whatever nickname it goes by: its Ed25519 public key. That somebody has the
/// secret half of it is proven before (`wire::verify`).
struct MemberKey {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const MemberKey&,
                          const MemberKey&) = default;  // NOLINT(modernize-use-nullptr)
};

/// What is known of an invite: BLAKE2b-256 of its token. Whoever reads it cannot use it.
struct InviteHash {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const InviteHash&,
                          const InviteHash&) = default;  // NOLINT(modernize-use-nullptr)
};

}  // namespace palabre::chat

/// Keys and hashes are as good as random. Who makes many of them can choose some of their bits, so
/// what strangers may fill without end is better ordered than hashed.
template <>
struct std::hash<palabre::chat::MemberKey> {
  std::size_t operator()(const palabre::chat::MemberKey& key) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, key.bytes.data(), sizeof first);
    return first;
  }
};
