#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace palabre::wire {

struct Cleaned {
  std::string text;
  bool was_utf8 = true;  ///< false: invalid bytes were replaced by U+FFFD
};

/// Makes text from a stranger safe to show. Applied once, where bytes come in; the result is what
/// is stored and sent.
///
/// - CR before a newline or at the end is removed; U+2028 and U+2029 become newlines.
/// - Every other C0 control except tab and newline, DEL and the C1 controls become U+FFFD: no
///   terminal escape gets through, and a reader sees that something was there.
/// - The bidi controls U+202A-202E and U+2066-2069 are removed: they can reorder a line so that it
///   reads as another author's. LRM, RLM, ZWJ and ZWNJ stay: emoji and right-to-left text need
///   them.
/// - Bytes that are not UTF-8 become U+FFFD, one for each maximal part (Unicode 15, 3.9, D93b).
///
/// Newlines stay: a message may have several lines, and `encode_line` indents all but the first.
/// Idempotent. Accepts any bytes.
Cleaned clean(std::string_view bytes);

/// Text made safe to show on one line: cleaned, each newline and tab a blank, runs of blanks
/// shortened, no blank at either end. Empty where there is nothing to see.
std::string clean_line(std::string_view bytes);

/// Whether a letter in it is written from right to left.
bool has_right_to_left(std::string_view text);

/// `text` without a leading UTF-8 byte order mark, which some editors write.
std::string_view without_byte_order_mark(std::string_view text);

/// Indents every line but the first, so that no line of a message can look like another author's.
std::string indent_continuations(std::string_view text);

/// Blank columns that `shorten_blanks` leaves of a longer run.
inline constexpr std::size_t kMostBlankColumns = 8;

/// Shortens each run of blanks wider than `kMostBlankColumns` to that width. Else a text could push
/// its rest to the margin of a screen, where it reads as another author's line. The result is never
/// longer than `text`. Idempotent.
///
/// A blank is every character that shows nothing: spaces and tabs, Unicode's other spaces, and
/// invisible characters (which would otherwise split a run). A tab counts as 8 columns, any other
/// blank as its East Asian width (2) or 1. A newline ends a run.
std::string shorten_blanks(std::string_view text);

}  // namespace palabre::wire
