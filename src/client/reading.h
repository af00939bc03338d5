#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/history.h"
#include "chat/ids.h"
#include "chat/number_ranges.h"
#include "client/outcome.h"

namespace palabre::client {

/// Reads one room's log: deduplicates it, so that every number comes once and in order, and
/// recognises our own posts among the messages. Pure.
///
/// A post that was sent before the link broke may come back twice: as a message of the replay, and
/// as the answer to the resent post. Only the answer tells which message it is. So the room's items
/// are held back while such an answer is due (`hold`).
class Reading {
 public:
  /// Items held back, and their bytes. Beyond either, `take` returns all of them in spite of
  /// `hold`: our own message may then be shown as another's, and its answer has `was_shown`.
  static constexpr std::size_t kMostHeldLines = 4096;
  static constexpr std::size_t kMostHeldBytes = std::size_t{4} << 20;
  /// Answers that wait for the numbers before theirs. Beyond it, the numbers before the first of
  /// them count as missing.
  static constexpr std::size_t kMostEarly = 4096;

  /// A post of ours that got its number from an answer.
  struct Own {
    PostId post;
    Line line;
    bool on_disk = false;
    bool was_shown = false;
  };
  /// Numbers that do not come.
  struct Hole {
    chat::Number from;
    chat::Number to;
    bool new_log = false;
    std::string words;
    chat::Missing::Why why = chat::Missing::Why::kNotKept;
  };
  using Item = std::variant<Line, Own, Hole>;

  /// Starts reading after `after`. If its log is the one read before, reading resumes after the
  /// last taken number instead.
  ///
  /// `may_jump`: a first number later than `after` + 1 is not a gap, because the server sends only
  /// the last messages.
  void begin(chat::Cursor after, bool may_jump);
  /// The link is gone: drops the messages that were not taken, which the server sends again.
  void interrupt();

  /// Drops a number that was received before.
  void add(Line line);
  /// `in_order`: the server has sent everything before this number.
  void add_own(Own own, bool in_order);
  void add_hole(Hole hole);

  /// Whether the number was received already, perhaps as an answer alone.
  bool has(chat::Number number) const { return number <= received_; }
  /// The messages were removed: the items that were not taken lose their texts. False: the numbers
  /// are not exact, and some are of lines that were not taken. Those must be read again, on another
  /// link (`interrupt`).
  bool redact(const chat::NumberRanges& removed);

  void hold(bool held) { held_ = held; }
  /// The items to show now, in order.
  std::vector<Item> take_items();
  /// Reading ends: returns our own posts that have a number and were not taken, in order.
  std::vector<Own> give_up();

  /// The last number taken: resume after it.
  chat::Cursor cursor() const { return {log_, taken_}; }

 private:
  void step_to(chat::Number before);
  void push(Line line);
  void push_own(Own own);
  void put(Item item);
  void keep_early(Own own);
  void take_own_due();
  bool was_missing(chat::Number number) const;
  bool is_too_much() const;

  chat::LogId log_;
  chat::Number begun_after_;
  chat::Number taken_;
  chat::Number received_;
  bool begun_ = false;
  bool may_jump_ = false;
  bool held_ = false;
  std::deque<Item> ready_;
  std::size_t ready_bytes_ = 0;
  // Answers that came earlier than the numbers before theirs.
  std::map<std::uint64_t, Own> early_;
  std::deque<std::pair<chat::Number, chat::Number>> missing_;  // the latest holes
};

}  // namespace palabre::client
