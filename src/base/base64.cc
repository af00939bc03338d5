#include "base/base64.h"

#include <sodium/utils.h>

#include <cstddef>

namespace palabre {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string to_base64(std::span<const std::uint8_t> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();  // libsodium writes a terminating zero
  return text;
}

bool from_base64(std::string_view text, std::span<std::uint8_t> bytes) {
  if (bytes.empty()) return text.empty();  // libsodium refuses a null pointer, even for 0 bytes
  std::size_t length = 0;
  const char* end = nullptr;
  return sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length,
                           &end, kVariant) == 0 &&
         end == text.data() + text.size() && length == bytes.size();
}

}  // namespace palabre
