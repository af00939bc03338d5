#include "wire/invite.h"

#include <sodium/crypto_generichash.h>

#include <charconv>
#include <system_error>

#include "base/base64.h"

namespace palabre::wire {

std::string to_text(const InviteToken& token) { return to_base64(token.bytes); }

std::optional<InviteToken> parse_invite_token(std::string_view text) {
  InviteToken token;
  if (!from_base64(text, token.bytes)) return std::nullopt;
  return token;
}

chat::InviteHash hash_of(const InviteToken& token) {
  chat::InviteHash hash;
  crypto_generichash(hash.bytes.data(), hash.bytes.size(), token.bytes.data(), token.bytes.size(),
                     nullptr, 0);
  return hash;
}

std::string invite_id(const chat::InviteHash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (std::size_t i = 0; i < kInviteIdBytes; ++i) {
    id += kDigits[hash.bytes.at(i) >> 4U];
    id += kDigits[hash.bytes.at(i) & 15U];
  }
  return id;
}

std::optional<chat::InviteHash> parse_invite_id(std::string_view text) {
  if (text.size() != 2 * kInviteIdBytes) return std::nullopt;
  chat::InviteHash hash;
  for (std::size_t i = 0; i < kInviteIdBytes; ++i) {
    const char* const first = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(first, first + 2, hash.bytes.at(i), 16);
    if (error != std::errc{} || end != first + 2) return std::nullopt;
  }
  return hash;
}

}  // namespace palabre::wire
