#include "wire/clean.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "chat/message.h"

namespace palabre::wire {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

bool is_control(UChar32 c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

bool is_bidi_control(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_line_separator(UChar32 c) { return c == '\n' || c == 0x2028 || c == 0x2029; }

/// Length of the prefix that needs no change. Most chat is printable ASCII with a newline.
std::size_t plain_prefix(std::string_view bytes) {
  const auto odd = std::find_if(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x7F || (byte < 0x20 && c != '\n' && c != '\t');
  });
  return static_cast<std::size_t>(odd - bytes.begin());
}

bool is_invisible(UChar32 c) {
  constexpr UChar32 kBraillePatternBlank = 0x2800;
  constexpr UChar32 kMusicalSymbolNullNotehead = 0x1D159;
  if (u_isUWhiteSpace(c) != 0 || c == kBraillePatternBlank || c == kMusicalSymbolNullNotehead ||
      u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0) {
    return true;
  }
  return u_charType(c) == U_FORMAT_CHAR &&
         u_hasBinaryProperty(c, UCHAR_PREPENDED_CONCATENATION_MARK) == 0;
}

/// Width of a blank in columns, see `shorten_blanks`; nothing for other characters.
std::optional<std::size_t> blank_columns(UChar32 c) {
  if (c == ' ') return 1;
  if (c == '\t') return kMostBlankColumns;
  if (c < 0x80 || !is_invisible(c)) return std::nullopt;
  const auto width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

/// Whether `is_so` holds for a character; a negative one is not UTF-8.
template <typename IsSo>
bool has_any(std::string_view text, const IsSo& is_so) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    UChar32 c = 0;
    U8_NEXT(data, at, text.size(), c);
    if (is_so(c)) return true;
  }
  return false;
}

}  // namespace

Cleaned clean(std::string_view bytes) {
  Cleaned cleaned;
  const std::size_t plain = plain_prefix(bytes);
  cleaned.text.reserve(bytes.size());
  cleaned.text.append(bytes.substr(0, plain));

  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  for (std::size_t at = plain; at < bytes.size();) {
    const std::size_t start = at;
    UChar32 c = 0;
    U8_NEXT(data, at, bytes.size(), c);
    if (c < 0) {
      cleaned.was_utf8 = false;
      cleaned.text += kReplacement;
    } else if (is_line_separator(c)) {
      cleaned.text += '\n';
    } else if (c == '\r' && (at == bytes.size() || bytes[at] == '\n')) {
      continue;
    } else if (is_control(c) && c != '\t') {
      cleaned.text += kReplacement;
    } else if (!is_bidi_control(c)) {
      cleaned.text.append(bytes.substr(start, at - start));
    }
  }
  return cleaned;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

std::string indent_continuations(std::string_view text) {
  std::string indented;
  indented.reserve(text.size());
  for (const char c : text) {
    indented += c;
    if (c == '\n') indented.append(chat::kContinuationIndent, ' ');
  }
  return indented;
}

bool has_right_to_left(std::string_view text) {
  return has_any(text, [](UChar32 c) {
    const auto direction = c < 0 ? U_LEFT_TO_RIGHT : u_charDirection(c);
    return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
  });
}

std::string clean_line(std::string_view bytes) {
  std::string text = clean(bytes).text;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  text = shorten_blanks(text);
  if (!has_any(text, [](UChar32 c) { return !blank_columns(c); })) return {};
  text.resize(text.find_last_not_of(' ') + 1);
  return text.substr(text.find_first_not_of(' '));
}

std::string shorten_blanks(std::string_view text) {
  std::string shortened;
  shortened.reserve(text.size());
  std::size_t columns = 0;  // width of the run at the end of `shortened`
  std::size_t run = 0;      // where that run begins
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto end_run = [&] {
    if (columns > kMostBlankColumns) {
      // A run with fewer bytes than columns has a tab in it.
      const bool is_tab = shortened.size() - run < kMostBlankColumns;
      shortened.resize(run);
      is_tab ? shortened += '\t' : shortened.append(kMostBlankColumns, ' ');
    }
    columns = 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    UChar32 c = 0;
    U8_NEXT(data, at, text.size(), c);
    const auto blank = blank_columns(c);
    if (!blank) end_run();
    if (columns == 0) run = shortened.size();
    columns += blank.value_or(0);
    shortened.append(text, start, at - start);
  }
  end_run();
  return shortened;
}

}  // namespace palabre::wire
