#include "guard/challenge.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>

#include <cstring>

namespace palabre::guard {
namespace {

// Crockford's base 32: no letter that looks like a digit.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kAround = " \t\r\n";

std::int64_t epoch_of(Instant now) { return now.time_since_epoch() / Challenge::kEpoch; }

std::string_view trimmed(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return bytes.substr(first, bytes.find_last_not_of(kAround) - first + 1);
}

}  // namespace

std::string Challenge::line(const Source& source, Instant now) const {
  return "-- send " + code(source, epoch_of(now)) + "\n";
}

bool Challenge::is_met(const Source& source, std::string_view bytes, Instant now) const {
  const std::string_view answer = trimmed(bytes);
  if (answer.size() != kCodeCharacters) return false;
  const std::int64_t epoch = epoch_of(now);
  bool met = false;
  for (const std::int64_t good : {epoch, epoch - 1}) {
    met |= sodium_memcmp(answer.data(), code(source, good).data(), kCodeCharacters) == 0;
  }
  return met;
}

std::string Challenge::code(const Source& source, std::int64_t epoch) const {
  std::array<unsigned char, sizeof(Ip) + sizeof source.port + sizeof epoch> text{};
  std::memcpy(text.data(), source.ip.data(), sizeof(Ip));
  std::memcpy(text.data() + sizeof(Ip), &source.port, sizeof source.port);
  std::memcpy(text.data() + sizeof(Ip) + sizeof source.port, &epoch, sizeof epoch);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256(mac.data(), text.data(), text.size(), key_.data());
  std::uint64_t bits = 0;
  std::memcpy(&bits, mac.data(), sizeof bits);
  std::string code;
  for (std::size_t i = 0; i < kCodeCharacters; ++i, bits >>= 5) code += kAlphabet[bits & 31];
  return code;
}

}  // namespace palabre::guard
