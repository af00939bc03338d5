#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/member.h"

namespace palabre::wire {

/// The secret in an invite link. It is a bearer token, so the server keeps only its hash.
struct InviteToken {
  std::array<std::uint8_t, 16> bytes{};  ///< from a cryptographic random source
  friend bool operator==(const InviteToken&, const InviteToken&) = default;
};

/// Base64url, 22 characters.
std::string to_text(const InviteToken& token);
/// Nothing: `text` is not a valid token.
std::optional<InviteToken> parse_invite_token(std::string_view text);

/// BLAKE2b-256, without salt: a token has 128 random bits, so its hash cannot be reversed by
/// guessing.
chat::InviteHash hash_of(const InviteToken& token);

/// Identifies an invite for operators: the first 12 hexadecimal digits of its hash. The id admits
/// nobody.
std::string invite_id(const chat::InviteHash& hash);
inline constexpr std::size_t kInviteIdBytes = 6;  ///< of the hash
/// The first `kInviteIdBytes` of the hash, the rest zero. Nothing: `text` is not an invite id.
std::optional<chat::InviteHash> parse_invite_id(std::string_view text);

}  // namespace palabre::wire
