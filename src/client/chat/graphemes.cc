#include "client/chat/graphemes.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cwchar>
#include <string>

#include "client/chat/text_breaks.h"

namespace palabre::client {
namespace {

// Wider than any emoji that is drawn as one, and too narrow to leave half of a row empty.
constexpr std::size_t kMostColumns = 16;
constexpr UChar32 kSoftHyphen = 0xAD;
constexpr UChar32 kEmojiSelector = 0xFE0F;

struct CodePoint {
  UChar32 value = 0;  ///< negative: invalid UTF-8
  std::size_t bytes = 0;
};

CodePoint code_point(std::string_view text) {
  // A code point has four bytes at most.
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), 4));
  std::int32_t at = 0;
  UChar32 value = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // in ICU's macro
  U8_NEXT(text.data(), at, length, value);
#pragma GCC diagnostic pop
  return {value, static_cast<std::size_t>(at)};
}

bool is_control(UChar32 value) { return value < ' ' || (value >= 0x7F && value < 0xA0); }

bool is_half_of_flag(UChar32 value) {
  return u_hasBinaryProperty(value, UCHAR_REGIONAL_INDICATOR) != 0;
}

/// Columns of a single code point, on the terminal that draws it widest.
std::size_t columns_of(UChar32 value) {
  if (value < 0 || is_control(value)) return 1;
  if (is_half_of_flag(value)) return 2;
  const int width = ::wcwidth(static_cast<wchar_t>(value));
  return width < 0 ? 2 : static_cast<std::size_t>(width);  // unknown to the C library
}

bool is_certain(UChar32 value) {
  if (value < 0 || is_control(value)) return true;
  return ::wcwidth(static_cast<wchar_t>(value)) > 0 && value != kSoftHyphen &&
         !is_half_of_flag(value) && u_hasBinaryProperty(value, UCHAR_EXTENDED_PICTOGRAPHIC) == 0;
}

/// The length of a colour escape sequence at the beginning, or 0.
std::size_t escape_bytes(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

/// The step for a cluster, or for its first part if it is wider than `kMostColumns`.
Graphemes::Step step_of(std::string_view cluster) {
  Graphemes::Step step;
  std::size_t bytes = 0;
  std::size_t last = 0;  // columns of the previous code point
  while (bytes < cluster.size()) {
    const CodePoint next = code_point(cluster.substr(bytes));
    // With the emoji selector some terminals draw a one-column character in two columns.
    const std::size_t columns =
        next.value == kEmojiSelector ? (last == 1 ? 1 : 0) : columns_of(next.value);
    if (bytes > 0 && step.columns + columns > kMostColumns) break;
    step.is_certain = bytes == 0 && is_certain(next.value);
    step.columns += columns;
    last = columns;
    bytes += next.bytes;
  }
  step.text = cluster.substr(0, bytes);
  return step;
}

}  // namespace

Graphemes::Graphemes(std::string_view text) : text_(text) {}
Graphemes::~Graphemes() = default;

std::optional<Graphemes::Step> Graphemes::next() {
  if (at_ == text_.size()) return std::nullopt;
  const std::string_view rest = text_.substr(at_);
  Step step{rest.substr(0, escape_bytes(rest)), 0, true};
  if (step.text.empty()) step = step_of(text_.substr(at_, end_of_next() - at_));
  at_ += step.text.size();
  return step;
}

std::size_t Graphemes::end_of_next() {
  const std::size_t after = at_ + 1;
  if (is_ascii(text_[at_]) && (after == text_.size() || is_ascii(text_[after]))) return after;
  if (boundaries_ == nullptr) {
    boundaries_ = std::make_unique<TextBreaks>(text_, icu::BreakIterator::createCharacterInstance);
  }
  const std::int32_t end = boundaries_->iterator().following(static_cast<std::int32_t>(at_));
  return end == icu::BreakIterator::DONE ? text_.size() : static_cast<std::size_t>(end);
}

bool begins_with_no_character(std::string_view text) {
  const UChar32 value = code_point(text).value;
  return value < 0 || (value >= 0x80 && is_control(value));
}

}  // namespace palabre::client
