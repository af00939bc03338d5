#include "wire/clean.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "chat/message.h"

namespace palabre::wire {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

bool is_control(UChar32 c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

bool is_bidi_control(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_line_separator(UChar32 c) { return c == '\n' || c == 0x2028 || c == 0x2029; }

/// The first byte that needs a closer look; most chat is printable ASCII up to its newline.
std::size_t plain_prefix(std::string_view bytes) {
  const auto odd = std::find_if(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x7F || (byte < 0x20 && c != '\n' && c != '\t');
  });
  return static_cast<std::size_t>(odd - bytes.begin());
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

}  // namespace palabre::wire
