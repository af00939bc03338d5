#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace palabre::fuzz {

/// The code points, by the table of the Unicode standard (15.0, 3-7) and by no line of palabre's;
/// nothing where the bytes are no UTF-8.
std::optional<std::vector<char32_t>> decode(std::string_view bytes);

/// Whether a terminal shows it as it stands: no control but tab and newline, no bidi control.
bool is_safe_to_show(std::string_view text);

/// Whether it is what the server may send: whole lines, safe, at most 1,200 bytes.
bool is_good_datagram(std::string_view bytes);

/// The lines, without their newlines. Requires that there is one at the end.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace palabre::fuzz
