#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"

namespace palabre::server {

/// Keeps the registry: its records are the messages of a log of its own, numbered, kept and synced
/// like all others (`chat::kRegistryRoom`). At the start it reads that log from its beginning, so
/// that the hub knows every member before the first one comes.
///
/// Where more of it cannot be read than an operator has accepted, nicknames that were bound may
/// look free. Then none is bound any more: whoever asks is refused, and members known are as they
/// were.
///
/// One thread. Borrows the history, which outlives it.
class RegistryLog {
 public:
  /// The log's, in this process; no room that the hub opens has it.
  static constexpr chat::RoomId kRoom{~std::uint64_t{0}};

  explicit RegistryLog(chat::History& history) : history_(history) {}

  /// Opens the log and begins to read it. `accepted`: so many unreadable records are no trouble.
  /// Returns what the hub is to be told at once: where there is nothing to read, that.
  std::vector<chat::Command> start(std::size_t accepted);
  /// Whether all that was there has been read. Before, nobody is to be taken for a new member.
  bool is_ready() const { return up_to_ >= end_ && started_; }

  void keep(const chat::Record& record);
  /// What was to be kept since the last call and is not, because of what is unreadable.
  std::vector<chat::Command> take_refused() { return std::exchange(refused_, {}); }
  static bool is_about_registry(const chat::LogEvent& event);
  /// What a slice of its log, or an event of it, tells the hub. A line that is no record is counted
  /// and left out. After the last record of before comes `RegistryRead`.
  std::vector<chat::Command> take(const chat::Slice& slice, Instant now);
  std::optional<chat::Command> take(const chat::LogEvent& event);
  /// Whether a slice has been asked for since the last call: it may be there already.
  bool take_asked() { return std::exchange(has_asked_, false); }

  /// Where the disk does not give the log, it is asked again after a while. When to call
  /// `on_deadline`.
  std::optional<Instant> next_deadline() const { return read_again_at_; }
  void on_deadline(Instant now);

  /// Lines of the log that are no records, or cannot be read: of a newer version, or damaged.
  std::size_t unreadable() const { return unreadable_; }
  /// The number of the first of them.
  chat::Number first_unreadable() const { return first_unreadable_; }
  bool is_trusted() const { return unreadable_ <= accepted_; }

 private:
  void count_unreadable(chat::Number from, chat::Number to);
  void read_on();
  /// Once there is nothing more to read.
  void tell_when_ready(std::vector<chat::Command>& commands);

  chat::History& history_;
  bool started_ = false;
  bool has_asked_ = false;
  bool has_told_ = false;  // that it is ready
  chat::Number up_to_;
  chat::Number end_;
  std::optional<Instant> read_again_at_;
  std::size_t unreadable_ = 0;
  chat::Number first_unreadable_;
  std::size_t accepted_ = 0;
  std::vector<chat::Command> refused_;
};

}  // namespace palabre::server
