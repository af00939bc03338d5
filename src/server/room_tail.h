#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"

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

/// How a door writes a line, so that it is written once for all who read it there.
class LineForm {
 public:
  virtual ~LineForm() = default;

  /// Its author and what that is sent in its place are the caller's to fill in.
  virtual Line message(chat::Number number, const chat::Message& message,
                       WallTime kept_at) const = 0;
  /// For messages that cannot be read. Nothing: that is not told, and they are to be read again.
  virtual std::optional<Line> gap(const chat::Missing& missing) const = 0;
};

/// One room as the readers of one door read it: the tail of its log in memory, and the slice of
/// what is before that was read last. Which reader is sent what, and when, is the door's.
class RoomTail {
 public:
  /// `end` is where the room's log ends now. Borrows the form, which outlives it.
  RoomTail(chat::Number end, const LineForm& form) : form_(form), tail_(end) {}

  chat::Number end() const { return tail_.up_to(); }
  /// The first number that the tail has is the one after this.
  chat::Number before() const { return tail_.before(); }
  const Lines& tail() const { return tail_; }

  /// The next message; requires the number after the last. Then the tail is shortened to
  /// `most_bytes`, or to this line where that is longer.
  void push(const chat::RoomAdvanced& advanced, std::string answer, std::size_t most_bytes);
  /// Nobody reads: the message is forgotten at once.
  void skip(chat::Number number) { tail_ = Lines(number); }
  void shorten(std::size_t most_bytes) { tail_.shorten(most_bytes); }

  /// Where what follows a cursor is at hand: in the tail, in the slice, or nowhere.
  const Lines* covering(chat::Number cursor) const;

  /// Whether a slice is awaited: one is asked for at a time. `take` ends the wait.
  bool is_reading() const { return is_reading_; }
  void begin_reading() { is_reading_ = true; }
  /// What the history answers. Of what is at hand in the tail nothing is taken. False: some of it
  /// is to be read again, see `LineForm::gap`.
  bool take(const chat::Slice& slice);
  void forget_past() { past_.reset(); }

 private:
  const LineForm& form_;
  Lines tail_;
  std::optional<Lines> past_;
  bool is_reading_ = false;
};

}  // namespace palabre::server
