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
#include "client/outcome.h"

namespace palabre::client {

/// One room's log as it comes: every number once and in order, whatever is sent twice, and one's
/// own posts recognised among the others'. Pure.
///
/// A post that was sent before the network went may come back twice: as a message of the replay,
/// and as the answer to the post that is sent again. Which message it is, only the answer tells. So
/// while such an answer is awaited, what comes is held back (`hold`).
class Reading {
 public:
  /// Lines held back at most, and bytes of them. Beyond either, nothing is held any more: an own
  /// message may be shown as somebody's, and its answer then has `was_shown`.
  static constexpr std::size_t kMostHeldLines = 4096;
  static constexpr std::size_t kMostHeldBytes = std::size_t{4} << 20;
  /// Answers at most that wait for the numbers before theirs. Beyond it, what has not come by then
  /// counts as missing.
  static constexpr std::size_t kMostEarly = 4096;

  /// What has a number by an answer.
  struct Own {
    PostId post;
    Line line;
    bool on_disk = false;
    bool was_shown = false;
  };
  struct Hole {
    chat::Number from;
    chat::Number to;
    bool new_log = false;
    std::string words;
    chat::Missing::Why why = chat::Missing::Why::kNotKept;
  };
  using Item = std::variant<Line, Own, Hole>;

  /// The room is read from now on, after `after`. Where that is of the log that was read before, it
  /// goes on after what was taken, and `after` does not matter.
  ///
  /// `may_jump`: where the first number that comes is later, nothing is missing: only so much is
  /// there.
  void begin(chat::Cursor after, bool may_jump);
  /// The link is gone: what was held back comes again.
  void interrupt();

  /// Every number that was received already is dropped.
  void add(Line line);
  /// `in_order`: all that is before it has come.
  void add_own(Own own, bool in_order);
  void add_hole(Hole hole);

  void hold(bool held) { held_ = held; }
  /// What is to be shown now, in order.
  std::vector<Item> take();
  /// The room is read no more: what of one's own has its number and was not taken, in order.
  std::vector<Own> give_up();

  /// What was taken of it, to go on from.
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
  // Answers that came before the numbers that are before theirs.
  std::map<std::uint64_t, Own> early_;
  std::deque<std::pair<chat::Number, chat::Number>> missing_;  // the last ones that were received
};

}  // namespace palabre::client
