#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace palabre::client {

/// The text being typed, after its prompt, laid out in the rows of a terminal. Rows end by explicit
/// line breaks, never by the terminal's own wrapping. So the cursor is `cursor_row` or more rows
/// below the first row, however wide the terminal draws a character. A caller that moves up by
/// `cursor_row` and wipes everything below never wipes a message.
///
/// Continuation rows are indented as a message's are. After a character of uncertain width, the
/// text sets the cursor's column.
struct Draft {
  struct Row {
    std::string text;
    std::size_t columns = 0;  ///< the fewest it takes, without trailing blanks
  };

  std::vector<Row> rows;  ///< at least one
  std::size_t cursor_row = 0;
  std::size_t cursor_column = 0;
  bool is_cursor_at_end = true;

  /// Draws all rows, from the first row to the end of the last.
  std::string text() const;
  /// Moves from the end of the last row to the cursor.
  std::string way_to_cursor() const;
};

/// `point`: the cursor is before this byte of `typed`. `columns`: the terminal's width. If there
/// are more than `most_rows` rows, only those around the cursor: rows that scrolled off the screen
/// cannot be wiped.
Draft lay_out(std::string_view prompt, std::string_view typed, std::size_t point,
              std::size_t columns, std::size_t most_rows);

}  // namespace palabre::client
