#include "client/chat/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "chat/message.h"
#include "client/chat/graphemes.h"
#include "client/chat/terminal.h"

namespace palabre::client {
namespace {

/// CHA: moves the cursor to a column.
std::string to_column(std::size_t column) { return fmt::format("\x1b[{}G", column + 1); }

/// A character as it is drawn at a column.
struct Drawn {
  std::string text;
  std::size_t columns = 0;
};

Drawn drawn(const Graphemes::Step& step, std::size_t column) {
  const auto first = static_cast<unsigned char>(step.text.front());
  if (first == '\t') {
    const std::size_t columns = columns_of_tab(column);
    return {std::string(columns, ' '), columns};
  }
  if (first < ' ' || first == 0x7F) return {{'^', static_cast<char>(first ^ 0x40U)}, 2};
  if (begins_with_no_character(step.text)) return {"\uFFFD", step.columns};
  return {std::string(step.text), step.columns};
}

class Layout {
 public:
  explicit Layout(std::size_t columns) : columns_(columns) { draft_.rows.emplace_back(); }

  /// `cursor`: the byte of `step` that the cursor is before; past its end: the cursor is elsewhere.
  void add(const Graphemes::Step& step, std::size_t cursor) {
    const bool has_cursor = cursor < step.text.size();
    if (step.text == "\n") {
      if (has_cursor) set_cursor(0);
      return begin_row();
    }
    Drawn next = drawn(step, column_);
    if (columns_ >= kNarrowestWindow && column_ + next.columns > columns_) {
      begin_row();
      next = drawn(step, column_);
    }
    if (has_cursor) set_cursor(cursor == 0 ? 0 : columns_of(step.text.substr(0, cursor)));
    put(next, step.is_certain);
  }

  Draft end(bool has_cursor) {
    if (has_cursor) {
      if (columns_ >= kNarrowestWindow && column_ >= columns_) begin_row();
      set_cursor(0);
    }
    return std::move(draft_);
  }

 private:
  void begin_row() {
    draft_.rows.emplace_back().text.assign(chat::kContinuationIndent, ' ');
    column_ = chat::kContinuationIndent;
  }

  void put(const Drawn& next, bool is_certain) {
    Draft::Row& row = draft_.rows.back();
    row.text += next.text;
    // A character of uncertain width counts only once another follows it, at a column that was set.
    if (!is_certain) row.columns = column_;
    column_ += next.columns;
    if (!is_certain) row.text += to_column(column_);
    if (is_certain && next.text.find_first_not_of(' ') != std::string::npos) row.columns = column_;
  }

  void set_cursor(std::size_t further) {
    draft_.cursor_row = draft_.rows.size() - 1;
    draft_.cursor_column = column_ + further;
  }

  const std::size_t columns_;
  std::size_t column_ = 0;
  Draft draft_;
};

}  // namespace

std::string Draft::text() const {
  std::string all;
  for (const Row& row : rows) all += (&row == rows.data() ? "" : "\r\n") + row.text;
  return all;
}

std::string Draft::way_to_cursor() const {
  if (is_cursor_at_end) return "";
  const std::size_t up = rows.size() - 1 - cursor_row;
  return (up == 0 ? "" : fmt::format("\x1b[{}A", up)) + to_column(cursor_column);
}

Draft lay_out(std::string_view prompt, std::string_view typed, std::size_t point,
              std::size_t columns, std::size_t most_rows) {
  const std::string text = std::string(prompt) + std::string(typed);
  const std::size_t cursor = prompt.size() + point;
  Layout layout(columns);
  Graphemes graphemes(text);
  std::size_t at = 0;
  while (const auto step = graphemes.next()) {
    // After the cursor, `cursor - at` wraps round to more than any step has.
    layout.add(*step, cursor - at);
    at += step->text.size();
  }
  Draft draft = layout.end(cursor >= text.size());
  draft.is_cursor_at_end = cursor >= text.size();
  if (draft.rows.size() > most_rows) {
    const std::size_t first = std::min(draft.cursor_row, draft.rows.size() - most_rows);
    const auto begin = draft.rows.begin() + static_cast<std::ptrdiff_t>(first);
    draft.rows = {begin, begin + static_cast<std::ptrdiff_t>(most_rows)};
    draft.cursor_row -= first;
  }
  return draft;
}

}  // namespace palabre::client
