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

/// Keeps the registry. Its records are the messages of a log of their own (`chat::kRegistryRoom`),
/// numbered, kept and synced like all others. At the start this object reads that log from the
/// beginning, so that the hub knows all members before the first one comes.
///
/// If more records are unreadable than an operator has accepted, nicknames that are bound may look
/// free. Then no further nickname is bound: such records are refused. Known members keep theirs.
///
/// One thread. Borrows the history, which must outlive this object.
class RegistryLog {
 public:
  /// The room id of the registry's log in this process. No room that the hub opens has it.
  static constexpr chat::RoomId kRoom{~std::uint64_t{0}};

  explicit RegistryLog(chat::History& history) : history_(history) {}

  /// Opens the log and begins to read it. Call it once, before any other function. `accepted`: the
  /// number of unreadable records that an operator has accepted. Returns commands for the hub:
  /// `RegistryRead`, if the log is empty.
  std::vector<chat::Command> start(std::size_t accepted);
  /// Whether all records from before the start have been read. Before that, nobody may be taken for
  /// a new member.
  bool is_ready() const { return up_to_ >= end_ && started_; }

  /// Appends the record to the log. The answer is an event of the history for `read_event`, or, if
  /// the record is refused here, comes from `take_refused`.
  void keep(const chat::KeepRecord& keep);
  /// Returns and removes `RecordNotKept` for each nickname refused because too many records are
  /// unreadable, and for each record whose line would be read as another one.
  std::vector<chat::Command> take_refused() { return std::exchange(refused_, {}); }
  /// Whether the event is of the registry's log.
  static bool is_about_registry(const chat::LogEvent& event);
  /// Turns a slice or an event of its log into commands for the hub. A line that is not a record is
  /// skipped; in a slice it is counted. After the last record from before the start comes
  /// `RegistryRead`.
  std::vector<chat::Command> read_slice(const chat::Slice& slice, Instant now);
  std::optional<chat::Command> read_event(const chat::LogEvent& event);
  /// Whether a read was requested since the last call: the slice may be there already.
  bool take_asked() { return std::exchange(has_asked_, false); }

  /// When to call `on_deadline`, which retries a read that failed for the moment. Nothing: no read
  /// has failed.
  std::optional<Instant> next_deadline() const { return read_again_at_; }
  void on_deadline(Instant now);

  /// Records that are damaged, or of a newer version.
  std::size_t unreadable() const { return unreadable_; }
  /// The number of the first unreadable record; 0: none.
  chat::Number first_unreadable() const { return first_unreadable_; }
  /// Whether no more records are unreadable than the operator has accepted.
  bool is_trusted() const { return unreadable_ <= accepted_; }

 private:
  void count_unreadable(chat::Number from, chat::Number to);
  void read_on();
  /// Adds `RegistryRead`, once, when everything has been read.
  void tell_when_ready(std::vector<chat::Command>& commands);

  chat::History& history_;
  bool started_ = false;
  bool has_asked_ = false;
  bool has_told_ = false;  // `RegistryRead` was given
  chat::Number up_to_;
  chat::Number end_;
  std::optional<Instant> read_again_at_;
  std::size_t unreadable_ = 0;
  chat::Number first_unreadable_;
  std::size_t accepted_ = 0;
  std::vector<chat::Command> refused_;
};

}  // namespace palabre::server
