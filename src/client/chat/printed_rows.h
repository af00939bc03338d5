#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace palabre::client {

/// The rows that a terminal has printed above its bottom lines, as far back as they may still be on
/// the screen, so that a line can be replaced there. Rows in the scrollback cannot be changed.
/// Pure.
///
/// A terminal does not say where its cursor is. So this counts how many printed rows are on the
/// screen for certain: none at first, one more for each row printed, and at most those that the
/// largest bottom so far has left.
class PrintedRows {
 public:
  /// Rows remembered; more than any screen has.
  static constexpr std::size_t kMostRows = 500;

  /// Printed: rows that end without a newline, each as wide as the screen at most. `id` 0: will not
  /// be replaced.
  void add(std::uint64_t id, std::string rows);
  /// The bottom was drawn with so many rows, on a screen with so many.
  void draw_bottom(std::size_t rows, std::size_t rows_of_screen);
  /// The screen was cleared, or its size has changed: nothing is there for certain.
  void forget();

  struct Redraw {
    std::size_t up = 0;  ///< rows from the top of the bottom up to the line
    std::string rows;    ///< to print from there on, in the place of all that follows
  };
  /// Replaces the line. Nothing: it is not on the screen for certain.
  std::optional<Redraw> replace(std::uint64_t id, std::string rows);

 private:
  struct Item {
    std::uint64_t id;
    std::string rows;
  };

  std::deque<Item> items_;
  std::size_t rows_ = 0;     ///< in `items_`
  std::size_t visible_ = 0;  ///< of the last rows: on the screen for certain
};

}  // namespace palabre::client
