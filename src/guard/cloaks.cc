#include "guard/cloaks.h"

#include <sodium/crypto_generichash.h>

#include <cstring>

namespace palabre::guard {
namespace {

// Crockford's base 32, in lower case: no letter that looks like a digit or another letter.
constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";

using Hash = std::array<std::uint8_t, 32>;

Hash hash_of(const Ip& ip, std::uint16_t port, const Cloaks::Key& key) {
  std::array<std::uint8_t, sizeof(Ip) + 2> text{};
  std::memcpy(text.data(), ip.data(), sizeof(Ip));
  text[sizeof(Ip)] = static_cast<std::uint8_t>(port >> 8U);  // the same on every machine
  text[sizeof(Ip) + 1] = static_cast<std::uint8_t>(port);
  Hash hash{};
  crypto_generichash(hash.data(), hash.size(), text.data(), text.size(), key.data(), key.size());
  return hash;
}

}  // namespace

std::string Cloaks::take(const Ip& ip, std::uint16_t port) {
  const Hash hash = hash_of(ip, port, key_);
  std::string name(kPrefix);
  for (std::size_t i = 0; i < hash.size(); ++i) {
    name += kLetters[hash.at(i) % kLetters.size()];
    if (i + 1 >= kFewestCharacters && taken_.insert(name + "*").second) return name + "*";
  }
  // 2^160 names were not enough: the same address has taken all of its own.
  return name + "*";
}

}  // namespace palabre::guard
