#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace palabre {

/// Base64url without padding (RFC 4648, section 5). Keys, pins and invites are written in it, since
/// links, files and command lines need no escaping for it.
std::string to_base64(std::span<const std::uint8_t> bytes);

/// Decodes `text` into `bytes`. Returns true only if `text` is the canonical encoding of exactly
/// `bytes.size()` bytes; otherwise the content of `bytes` is unspecified.
bool from_base64(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace palabre
