#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace palabre::wire {

struct Cleaned {
  std::string text;
  bool was_utf8 = true;  ///< false: something in it was not, and is U+FFFD now
};

/// Makes text that a stranger wrote safe to show. Applied once, where bytes come in; what is stored
/// and sent is what comes out.
///
/// - CR before a newline or at the end goes; U+2028 and U+2029 become newlines.
/// - Every other C0 control but tab and newline, DEL and the C1 controls become U+FFFD: no terminal
///   escape gets through, and that something was there can be seen.
/// - The bidi controls U+202A-202E and U+2066-2069 are dropped: they can turn a line round so that
///   it reads as another's. LRM, RLM, ZWJ and ZWNJ stay, emoji and right-to-left text live on them.
/// - What is not UTF-8 becomes U+FFFD, one for each maximal part (Unicode 15, 3.9, D93b).
///
/// Newlines stay: a message may have several lines, and `encode_line` indents all but its first.
/// Idempotent. Takes anything.
Cleaned clean(std::string_view bytes);

/// Without the byte order mark with which some editors begin a text.
std::string_view without_byte_order_mark(std::string_view text);

/// Indents every line but the first, so that none can be taken for a line of somebody else's.
std::string indent_continuations(std::string_view text);

/// Columns of blank that `shorten_blanks` leaves of a longer run.
inline constexpr std::size_t kMostBlankColumns = 8;

/// Shortens each run of blanks that takes more columns than `kMostBlankColumns` to as many, so that
/// a text cannot push the rest of itself to the margin of a screen, where it reads as another's
/// line. Never longer than `text`; idempotent.
///
/// A blank is all that shows nothing: blanks and tabs, Unicode's other spaces, invisible characters
/// (which would else cut a run in two). A tab counts as 8 columns, another as its East Asian width
/// or 1. A newline ends a run.
std::string shorten_blanks(std::string_view text);

}  // namespace palabre::wire
