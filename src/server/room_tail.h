#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"

namespace palabre::server {

/// A line as it is sent to readers, encoded once.
struct Line {
  chat::Number number;     ///< of its message; a gap notice: the last missing number
  chat::SessionId author;  ///< 0: read from the history, or posted elsewhere
  std::string mark;        ///< `#12 `, for readers that want numbers; empty for a notice
  std::string bytes;
  std::string answer = {};  ///< sent to the author in place of the line; empty: nothing
  bool is_gap = false;      ///< reports missing messages; set by `FrameForm` only
  bool is_removed = false;  ///< of a message that was removed; set by `RoomTail`
};

/// Consecutive lines of one room in memory: the tail of its log, or an earlier slice.
class Lines {
 public:
  using Iterator = std::deque<Line>::const_iterator;

  /// Empty. The first line to push is the one after `before`.
  explicit Lines(chat::Number before) : before_(before), up_to_(before) {}

  chat::Number before() const { return before_; }
  chat::Number up_to() const { return up_to_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return lines_.size(); }

  /// Whether the number is between the first line and the last.
  bool span(chat::Number number) const { return before_ < number && number <= up_to_; }

  /// Requires a number above `up_to`.
  void push(Line line) {
    up_to_ = line.number;
    bytes_ += size_of(line);
    lines_.push_back(std::move(line));
  }
  /// Replaces the line of this message, if it is here.
  void replace(Line line) {
    const auto old = std::partition_point(
        lines_.begin(), lines_.end(), [&](const Line& one) { return one.number < line.number; });
    if (old == lines_.end() || old->number != line.number || old->is_gap) return;
    bytes_ -= size_of(*old);
    line.author = old->author;
    line.answer = std::move(old->answer);
    bytes_ += size_of(line);
    *old = std::move(line);
  }
  /// Evicts the first lines until at most `most_bytes` are left, perhaps all.
  void shorten(std::size_t most_bytes) {
    while (bytes_ > most_bytes) {
      before_ = lines_.front().number;
      bytes_ -= size_of(lines_.front());
      lines_.pop_front();
    }
  }

  /// Whether these lines continue a cursor. A notice for several numbers serves only cursors before
  /// all of them.
  bool cover(chat::Number cursor) const {
    if (cursor < before_ || up_to_ <= cursor) return false;
    const auto next = after(cursor);
    return cursor == (next == lines_.begin() ? before_ : std::prev(next)->number);
  }
  /// The first line after the cursor; `end()`: there is none.
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

/// How a door encodes a line, once for all its readers.
class LineForm {
 public:
  virtual ~LineForm() = default;

  /// Leaves `Line::author` and `Line::answer` to the caller.
  virtual Line message(chat::Number number, const chat::Message& message,
                       WallTime kept_at) const = 0;
  /// The line for messages that cannot be read. Nothing: it is not reported; the messages are to be
  /// read again.
  virtual std::optional<Line> gap(const chat::Missing& missing) const = 0;
};

/// One room for the readers of one door: the tail of its log in memory, and the latest slice of
/// earlier messages. The door decides which reader is sent what, and when.
class RoomTail {
 public:
  /// `end` is the current end of the room's log. Borrows the form, which must outlive the tail.
  RoomTail(chat::Number end, const LineForm& form) : form_(form), tail_(end) {}

  chat::Number end() const { return tail_.up_to(); }
  /// The tail begins with the number after this one.
  chat::Number before() const { return tail_.before(); }
  const Lines& tail() const { return tail_; }

  /// Appends the next message; requires the number after the last. Then shortens the tail to
  /// `most_bytes`, or to this line if that is longer.
  void push(const chat::RoomAdvanced& advanced, std::string answer, std::size_t most_bytes);
  /// For a room without readers: the message becomes the end of the log; the tail is empty after
  /// it.
  void skip(chat::Number number) { tail_ = Lines(number); }
  void shorten(std::size_t most_bytes) { tail_.shorten(most_bytes); }

  /// The lines that continue a cursor: the tail, else the slice. Null: neither does; if the cursor
  /// is before `end()`, a slice must be read. Valid until the next call that changes this object.
  const Lines* covering(chat::Number cursor) const;

  /// Whether a slice is awaited. At most one is requested at a time; `take` ends the wait.
  bool is_reading() const { return is_reading_; }
  void begin_reading() { is_reading_ = true; }
  /// Takes a slice from the history. Its gaps end where the tail begins. False: a part of it must
  /// be read again, see `LineForm::gap`.
  bool take(const chat::Slice& slice);
  void forget_past() { past_.reset(); }
  /// The messages were removed: their lines say so from now on.
  void redact(const std::vector<chat::Number>& numbers);

 private:
  const LineForm& form_;
  Lines tail_;
  std::optional<Lines> past_;
  bool is_reading_ = false;
};

}  // namespace palabre::server
