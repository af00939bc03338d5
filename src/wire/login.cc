#include "wire/login.h"

#include <sodium/crypto_sign.h>

#include <algorithm>
#include <string_view>
#include <tuple>

namespace palabre::wire {
namespace {

constexpr std::string_view kContext("palabre login 1\0", 16);

static_assert(std::tuple_size_v<decltype(PublicKey::bytes)> == crypto_sign_PUBLICKEYBYTES);
static_assert(std::tuple_size_v<decltype(Signature::bytes)> == crypto_sign_BYTES);

}  // namespace

LoginMessage login_message(const LoginTo& to) {
  LoginMessage message{};
  auto at = std::copy(kContext.begin(), kContext.end(), message.begin());
  for (const auto* part : {&to.server.bytes, &to.client.bytes, &to.pin}) {
    at = std::copy(part->begin(), part->end(), at);
  }
  if (to.exporter) {
    *at++ = 1;
    std::copy(to.exporter->begin(), to.exporter->end(), at);
  }
  return message;
}

bool verify(const PublicKey& key, const Signature& signature,
            std::span<const std::uint8_t> message) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                     key.bytes.data()) == 0;
}

}  // namespace palabre::wire
