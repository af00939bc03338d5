#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace palabre {

/// Base64 with `-` and `_`, without padding (RFC 4648, section 5): keys, pins and invites as text
/// that a link, a file and a command line take as it is.
std::string to_base64(std::span<const std::uint8_t> bytes);

/// Fills `bytes`. Whether `text` is the one way to write so many bytes; where it is not, what is in
/// `bytes` means nothing.
bool from_base64(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace palabre
