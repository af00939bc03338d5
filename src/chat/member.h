#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "chat/ids.h"

namespace palabre::chat {

/// A member's identity, whatever its nickname: its Ed25519 public key. `wire::verify` has checked
/// that the session owns the secret key.
struct MemberKey {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const MemberKey&,
                          const MemberKey&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The server's record of an invite: BLAKE2b-256 of its token. The hash does not let its reader use
/// the invite.
struct InviteHash {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const InviteHash&,
                          const InviteHash&) = default;  // NOLINT(modernize-use-nullptr)
};

inline AuthorId author_id_of(const MemberKey& key) {
  AuthorId id;
  for (std::size_t i = 0; i < sizeof id.value; ++i) id.value = id.value << 8U | key.bytes.at(i);
  return id;
}

}  // namespace palabre::chat

/// Keys and hashes are as good as random. An attacker who makes many keys can choose some of their
/// bits, so use an ordered map, not a hash map, for containers that strangers can fill without
/// limit.
template <>
struct std::hash<palabre::chat::MemberKey> {
  std::size_t operator()(const palabre::chat::MemberKey& key) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, key.bytes.data(), sizeof first);
    return first;
  }
};
