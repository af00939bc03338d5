#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <string>
#include <utility>

#include "chat/ids.h"

namespace palabre::server {

/// A line as readers are sent it, encoded once.
struct Line {
  chat::Number number;     ///< of its message; a notice stands for all numbers up to here
  chat::SessionId author;  ///< 0: nobody who is online
  std::string mark;        ///< `#12 `, for those who read with numbers; a notice has none
  std::string bytes;
  std::string answer = {};  ///< what its author is sent in its place; empty: nothing
  bool is_gap = false;      ///< it tells that messages are missing, up to its number
};

/// Lines of one room that follow one another, in memory: the tail of its log, or a slice of what is
/// before.
class Lines {
 public:
  using Iterator = std::deque<Line>::const_iterator;

  /// None yet; the first will be for what comes after `before`.
  explicit Lines(chat::Number before) : before_(before), up_to_(before) {}

  chat::Number before() const { return before_; }
  chat::Number up_to() const { return up_to_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return lines_.size(); }

  /// Requires a number beyond `up_to`.
  void push(Line line) {
    up_to_ = line.number;
    bytes_ += size_of(line);
    lines_.push_back(std::move(line));
  }
  /// Forgets the first lines, until there are no more than so many bytes.
  void shorten(std::size_t most_bytes) {
    while (bytes_ > most_bytes) {
      before_ = lines_.front().number;
      bytes_ -= size_of(lines_.front());
      lines_.pop_front();
    }
  }

  /// Whether what follows a cursor is here. A notice for several numbers is for those who have had
  /// none of them.
  bool cover(chat::Number cursor) const {
    if (cursor < before_ || up_to_ <= cursor) return false;
    const auto next = after(cursor);
    return cursor == (next == lines_.begin() ? before_ : std::prev(next)->number);
  }
  /// The first line that is due to a cursor.
  Iterator after(chat::Number cursor) const {
    return std::partition_point(lines_.begin(), lines_.end(),
                                [&](const Line& line) { return line.number <= cursor; });
  }
  Iterator end() const { return lines_.end(); }

 private:
  static std::size_t size_of(const Line& line) { return line.bytes.size() + line.answer.size(); }

  chat::Number before_;
  chat::Number up_to_;
  std::size_t bytes_ = 0;
  std::deque<Line> lines_;
};

}  // namespace palabre::server
