#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace palabre::fuzz {

/// Decodes UTF-8 by the table of the Unicode standard (15.0, 3-7), without palabre's code; nothing
/// where the bytes are not UTF-8.
std::optional<std::vector<char32_t>> decode(std::string_view bytes);

/// Whether it is safe for a terminal: no controls but tab and newline, no bidi controls.
bool is_safe_to_show(std::string_view text);

/// Whether the server may send it: whole lines, safe, at most 1,200 bytes.
bool is_good_datagram(std::string_view bytes);

/// The lines, without their newlines. Requires a newline at the end.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace palabre::fuzz
