#include "client/chat/pieces.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>
#include <stdexcept>
#include <string_view>

#include "client/chat/graphemes.h"

namespace palabre::client {
namespace {

/// Where lines may end.
class LineEnds {
 public:
  explicit LineEnds(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    utext_openUTF8(&text_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    iterator_.reset(icu::BreakIterator::createLineInstance(icu::Locale::getRoot(), status));
    if (U_SUCCESS(status)) iterator_->setText(&text_, status);
    if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  }
  ~LineEnds() { utext_close(&text_); }
  LineEnds(const LineEnds&) = delete;
  LineEnds& operator=(const LineEnds&) = delete;

  /// The last one that is there or before.
  std::size_t last_until(std::size_t end) {
    const auto at = static_cast<std::int32_t>(end);
    if (iterator_->isBoundary(at) != 0) return end;
    const std::int32_t before = iterator_->preceding(at);
    return before == icu::BreakIterator::DONE ? 0 : static_cast<std::size_t>(before);
  }

 private:
  UText text_ = UTEXT_INITIALIZER;
  std::unique_ptr<icu::BreakIterator> iterator_;
};

/// How much of a text fits, in whole characters as far as there is one that does.
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
  bytes = most;  // a character with a pile of marks
  while (bytes > 1 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return bytes;
}

/// Not before `least`: a short message before a long line or word is no gain.
std::size_t best_cut(std::string_view text, LineEnds& ends, std::size_t least, std::size_t most) {
  const auto newline = text.rfind('\n', most - 1);
  if (newline != std::string_view::npos && newline >= least) return newline + 1;
  const std::size_t cut = ends.last_until(most);
  return cut > least ? cut : most;
}

}  // namespace

std::vector<std::string> pieces(const chat::Message& message, std::size_t line_bytes) {
  constexpr std::size_t kFewest = 16;  // bytes of a text; less is not worth a message
  constexpr std::string_view kLeftOut = " \t\n";
  const std::size_t around = chat::line_bytes({message.kind, message.author, ""});
  if (chat::line_bytes(message) <= line_bytes || around + kFewest > line_bytes) {
    return {message.text};
  }
  const std::string_view text = message.text;
  LineEnds ends(text);
  std::vector<std::string> all;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t fits = fitting_bytes(text.substr(at), line_bytes - around);
    std::size_t end = at + fits;
    if (end < text.size()) end = best_cut(text, ends, at + fits / 2, end);
    const std::string_view piece = text.substr(at, end - at);
    const auto last = piece.find_last_not_of(kLeftOut);
    if (last != std::string_view::npos) all.emplace_back(piece.substr(0, last + 1));
    at = end;
    while (at < text.size() && text[at] == '\n') ++at;
  }
  return all;
}

}  // namespace palabre::client
