#include "wire/invite.h"

#include <sodium/crypto_generichash.h>

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

}  // namespace palabre::wire
