#include "client/chat/pieces.h"

#include <unicode/brkiter.h>

#include <string_view>

#include "client/chat/graphemes.h"
#include "client/chat/text_breaks.h"

namespace palabre::client {
namespace {

/// The last line break opportunity at or before `end`.
std::size_t last_line_end(TextBreaks& lines, std::size_t end) {
  const auto at = static_cast<std::int32_t>(end);
  if (lines.iterator().isBoundary(at) != 0) return end;
  const std::int32_t before = lines.iterator().preceding(at);
  return before == icu::BreakIterator::DONE ? 0 : static_cast<std::size_t>(before);
}

/// How many bytes of `text` fit in `most`, in whole grapheme clusters if at least one fits, else in
/// whole code points.
std::size_t fitting_bytes(std::string_view text, std::size_t most) {
  Graphemes graphemes(text);
  std::size_t bytes = 0;
  std::size_t taken = 0;
  while (const auto step = graphemes.next()) {
    taken += step->text.size() + (step->text == "\n" ? chat::kContinuationIndent : 0);
    if (taken > most) break;
    bytes += step->text.size();
  }
  if (bytes > 0) return bytes;
  bytes = most;  // a single cluster with many combining marks
  while (bytes > 1 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return bytes;
}

/// Where to cut between `least` and `most`. Not earlier, to avoid a short message before a long
/// line or word.
std::size_t best_cut(std::string_view text, TextBreaks& lines, std::size_t least,
                     std::size_t most) {
  const auto newline = text.rfind('\n', most - 1);
  if (newline != std::string_view::npos && newline >= least) return newline + 1;
  const std::size_t cut = last_line_end(lines, most);
  return cut > least ? cut : most;
}

}  // namespace

std::vector<std::string> pieces(const chat::Message& message, std::size_t line_bytes) {
  constexpr std::size_t kFewest = 16;  // bytes of text that a message must have room for
  constexpr std::string_view kLeftOut = " \t\n";
  const std::size_t around = chat::line_bytes({message.kind, message.author, ""});
  if (chat::line_bytes(message) <= line_bytes || around + kFewest > line_bytes) {
    return {message.text};
  }
  const std::string_view text = message.text;
  TextBreaks lines(text, icu::BreakIterator::createLineInstance);
  std::vector<std::string> all;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t fits = fitting_bytes(text.substr(at), line_bytes - around);
    std::size_t end = at + fits;
    if (end < text.size()) end = best_cut(text, lines, at + fits / 2, end);
    const std::string_view piece = text.substr(at, end - at);
    const auto last = piece.find_last_not_of(kLeftOut);
    if (last != std::string_view::npos) all.emplace_back(piece.substr(0, last + 1));
    at = end;
    while (at < text.size() && text[at] == '\n') ++at;
  }
  return all;
}

}  // namespace palabre::client
