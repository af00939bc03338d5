#include <sys/ioctl.h>
#include <unicode/brkiter.h>
#include <unistd.h>

#include <clocale>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "chat/message.h"
#include "client/chat/graphemes.h"
#include "client/chat/terminal.h"
#include "client/chat/text_breaks.h"

namespace palabre::client {
namespace {

constexpr std::size_t kTab = 8;

/// Builds the rows of a wrapped text.
class Rows {
 public:
  explicit Rows(std::size_t columns) : columns_(columns) {}

  /// A line may break before the step added next.
  void may_end_here() {
    word_ = row_.size();
    column_of_word_ = column_;
  }

  void add(const Graphemes::Step& step) {
    if (step.text == "\n") return begin(0);
    const bool is_tab = step.text == "\t";
    const std::size_t wide = is_tab ? columns_of_tab(column_) : step.columns;
    if (columns_ >= kNarrowestWindow && column_ + wide > columns_) {
      if (is_tab || step.text == " ") return;  // a blank that does not fit is left out
      end_row();
    }
    column_ += wide;
    row_ += is_tab ? std::string(wide, ' ') : std::string(step.text);
  }

  std::string take() && { return std::move(rows_) + row_; }

 private:
  /// Moves the word that does not fit to the next row. If that would leave half of the row empty,
  /// breaks the word instead.
  void end_row() {
    const std::size_t columns = column_ - column_of_word_;
    const bool is_moved = word_ > 0 && column_of_word_ > columns_ / 2;
    const std::string word = is_moved ? row_.substr(word_) : "";
    row_.resize(row_.size() - word.size());
    begin(chat::kContinuationIndent);
    row_ += word;
    column_ += is_moved ? columns : 0;
  }

  void begin(std::size_t indent) {
    rows_ += row_ + "\n";
    row_.assign(indent, ' ');
    column_ = indent;
    word_ = 0;
    column_of_word_ = 0;
  }

  const std::size_t columns_;
  std::string rows_;  ///< the finished rows, with newlines
  std::string row_;
  std::size_t column_ = 0;          ///< where `row_` ends on the screen
  std::size_t word_ = 0;            ///< where its last word begins, in bytes
  std::size_t column_of_word_ = 0;  ///< the same on the screen
};

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  Graphemes graphemes(text);
  while (const auto step = graphemes.next()) columns += step->columns;
  return columns;
}

std::size_t least_columns_of(std::string_view text) {
  std::size_t columns = 0;
  Graphemes graphemes(text);
  while (const auto step = graphemes.next()) columns += step->is_certain ? step->columns : 0;
  return columns;
}

std::size_t columns_of_tab(std::size_t column) { return kTab - column % kTab; }

std::string with_hanging_indent(std::string_view text, std::size_t columns) {
  Rows rows(columns);
  TextBreaks line_ends(text, icu::BreakIterator::createLineInstance);
  Graphemes graphemes(text);
  std::int32_t at = 0;
  while (const auto step = graphemes.next()) {
    if (line_ends.iterator().isBoundary(at) != 0) rows.may_end_here();
    rows.add(*step);
    at += static_cast<std::int32_t>(step->text.size());
  }
  return std::move(rows).take();
}

ScreenSize screen_size() {
  winsize size{};
  ScreenSize known;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return known;
  if (size.ws_col > 0) known.columns = size.ws_col;
  if (size.ws_row > 0) known.rows = size.ws_row;
  return known;
}

void use_utf8() {
  // NOLINTBEGIN(concurrency-mt-unsafe): before other threads run
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
  // NOLINTEND(concurrency-mt-unsafe)
}

std::string fitting(std::string_view line, std::size_t columns) {
  std::string fits;
  std::size_t taken = 0;
  Graphemes graphemes(line);
  while (const auto step = graphemes.next()) {
    const bool is_escape = step->text.front() == '\x1b' && step->columns == 0;
    if (!is_escape && taken + step->columns > columns) {
      taken = columns + 1;  // leave out the rest, except colour escape sequences
    } else {
      fits += step->text;
      taken += step->columns;
    }
  }
  return fits;
}

}  // namespace palabre::client
