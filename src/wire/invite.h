#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/member.h"

namespace palabre::wire {

/// What a link lets somebody in with. Whoever has it may use it, so the server keeps only its hash.
struct InviteToken {
  std::array<std::uint8_t, 16> bytes{};  ///< drawn from a source that nobody can guess
  friend bool operator==(const InviteToken&, const InviteToken&) = default;
};

/// Base64url, 22 characters.
std::string to_text(const InviteToken& token);
/// Nothing where `text` is no token.
std::optional<InviteToken> parse_invite_token(std::string_view text);

/// BLAKE2b-256. A token has 128 random bits, so there is nothing to guess from it, and no salt.
chat::InviteHash hash_of(const InviteToken& token);

/// The name of an invite for operators: the first 12 hexadecimal digits of its hash. It lets nobody
/// in.
std::string invite_id(const chat::InviteHash& hash);
inline constexpr std::size_t kInviteIdBytes = 6;  ///< of the hash
/// The beginning of the hash, the rest zero. Nothing where `text` is no invite's id.
std::optional<chat::InviteHash> parse_invite_id(std::string_view text);

}  // namespace palabre::wire
