#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "chat/history.h"
#include "store/files.h"
#include "store/log.h"
#include "store/options.h"
#include "store/reader.h"
#include "store/writer.h"

namespace palabre::store {

/// The persistent history: an SQLite file. A kept message is on the disk, synced.
///
/// It has a writer thread and a reader thread. `open` blocks on the disk; all other calls belong to
/// the hub's thread, and none blocks on the disk. `Sizes` bounds its queues: beyond the bounds,
/// drafts are answered `kTooMuchWaits`, slices `kUnread`. While the disk is full or fails, drafts
/// are refused. If the disk does not confirm a sync, damage is found, or a file of the store is
/// removed or replaced, nothing more is kept (`failure`); reading goes on.
class SqliteHistory final : public chat::History {
 public:
  /// Makes the file if it does not exist; its folder must exist. Refuses a file that another server
  /// has open, that is not a palabre store, that a newer version has written, or that is damaged in
  /// its counters or in the last commits of a killed server. Refuses an empty file, a missing file
  /// whose write-ahead log is still there, and a symbolic link. Blocks on the disk.
  static Result<std::unique_ptr<SqliteHistory>> open(const Options& options,
                                                     const Outside& outside);

  /// Stores what was appended, as far as the disk permits; its verdicts cannot be taken any more.
  ~SqliteHistory() override = default;
  SqliteHistory(const SqliteHistory&) = delete;
  SqliteHistory& operator=(const SqliteHistory&) = delete;

  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override;
  void close(chat::RoomId room) override;
  void append(chat::Draft draft) override;
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override;
  std::vector<chat::Slice> take_slices() override;

  /// Set when nothing more is kept: the reason, for the log; the process should end. Drafts of the
  /// transaction that failed are never answered: whether they are on the disk is known after a
  /// restart. All later drafts are answered `kDiskFailing`, except those sent again under the id of
  /// one of them.
  std::optional<Error> failure() const { return writer_->failure(); }

  /// Messages refused since `open` because of trouble with the disk or the store. Trouble with a
  /// single message, as a damaged id, does not count.
  struct Refusals {
    std::uint64_t messages = 0;
    chat::Trouble last = chat::Trouble::kDiskFailing;  ///< of the latest of them
    bool are_over = true;                              ///< a message has been kept since
  };
  const Refusals& refusals() const { return refusals_; }

  /// How full the store is.
  struct Fill {
    std::uint64_t used = 0;              ///< bytes, an estimate
    std::optional<std::uint64_t> total;  ///< `Retention::total`
    bool is_disk_short = false;          ///< less is free than `Retention::free_percent`
  };
  Fill fill() const;

  /// The latest wall-clock time that an earlier run on this store has seen; 0 if unknown.
  std::int64_t latest_wall() const { return latest_wall_; }

  /// The rooms that have had a message.
  std::vector<chat::RoomName> rooms() const;

  /// Drafts without a verdict.
  std::size_t unanswered() const { return unanswered_; }

 private:
  SqliteHistory(Descriptor lock, std::function<std::uint64_t()> random,
                const std::vector<LogPtr>& logs, std::int64_t latest_wall,
                std::optional<std::uint64_t> total, std::unique_ptr<Reader> reader,
                std::unique_ptr<Writer> writer);

  /// Drops the log if nothing needs it: no open room, no draft, no message ever on the disk.
  void forget_if_idle(const Log& log);
  void count(const chat::Verdict& verdict);
  chat::LogEvent event_of(Log& log, chat::Verdict verdict);
  /// Nothing is left of the room: its place goes to another, unless it is in use.
  void vacate(const LogPtr& log);

  Descriptor lock_;
  std::function<std::uint64_t()> random_;
  std::unordered_map<std::string, LogPtr> logs_;    // by name: on the disk, open, or with drafts
  std::unordered_map<chat::RoomId, LogPtr> rooms_;  // the open rooms
  std::size_t unanswered_ = 0;
  Refusals refusals_;
  std::int64_t latest_wall_;
  std::optional<std::uint64_t> total_;
  // Destroyed in reverse order: the reader first, so that the writer's connection closes last and
  // removes the write-ahead log.
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace palabre::store
