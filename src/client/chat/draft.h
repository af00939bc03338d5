#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace palabre::client {

/// The text being typed, after its prompt, as rows of a terminal so wide. Each row ends where it is
/// told to and not where the terminal believes it to be full: so the cursor is as many rows below
/// the first as `cursor_row` says, or more, however wide the terminal draws anything. A caller that
/// goes up by that and wipes the rows below never reaches a line of somebody else's.
///
/// Rows that go on are indented as a message's are. After a character on whose width terminals
/// disagree, the cursor is told its column.
struct Draft {
  struct Row {
    std::string text;
    std::size_t columns = 0;  ///< that it takes at the least, blanks at its end not counted
  };

  std::vector<Row> rows;  ///< never none
  std::size_t cursor_row = 0;
  std::size_t cursor_column = 0;
  bool is_cursor_at_end = true;

  /// From the first row to the end of the last.
  std::string text() const;
  /// From the end of the last row to the cursor.
  std::string way_to_cursor() const;
};

/// `point`: the byte of `typed` before which the cursor is. Of more rows than `most_rows`, those
/// about the cursor: what has scrolled away cannot be wiped.
Draft lay_out(std::string_view prompt, std::string_view typed, std::size_t point,
              std::size_t columns, std::size_t most_rows);

}  // namespace palabre::client
