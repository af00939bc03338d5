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

/// The history that keeps: a file of SQLite's. What it says is kept is on the disk, synced.
///
/// It has a thread that writes and one that reads; all calls but the constructor's are for the
/// hub's thread, and none waits for the disk. Its queues end where `Sizes` says: beyond, drafts are
/// answered `kTooMuchWaits`, slices `kUnread`. When the disk is full or fails, drafts are refused
/// until it works again. When the disk does not confirm what was written, or is seen to be damaged,
/// nothing more is kept (`failure`); reading goes on.
class SqliteHistory final : public chat::History {
 public:
  /// Makes the file where there is none; its folder has to exist. Refuses a file that another
  /// server has open, that is not a store's, of a newer palabre, or damaged where it would matter:
  /// its counters, or what a killed server had committed last. Refuses to begin anew where a file
  /// is empty, or gone from beside its write-ahead log; and a link to a file. Waits for the disk.
  static Result<std::unique_ptr<SqliteHistory>> open(const Options& options,
                                                     const Outside& outside);

  /// Keeps what was appended, as far as the disk lets it; its verdicts cannot be taken any more.
  ~SqliteHistory() override = default;
  SqliteHistory(const SqliteHistory&) = delete;
  SqliteHistory& operator=(const SqliteHistory&) = delete;

  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override;
  void close(chat::RoomId room) override;
  void append(chat::Draft draft) override;
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override;
  std::vector<chat::Slice> take_slices() override;

  /// Why nothing more is kept, if so: for the log, and to end over. Drafts that were being kept
  /// then are never answered: whether they are on the disk is known after a restart. All later ones
  /// are answered `kDiskFailing`, but those sent again under the id of one of these.
  std::optional<Error> failure() const { return writer_->failure(); }

  /// Messages that the disk's or the store's trouble has refused since `open`. Trouble of one
  /// message, as a damaged ID, does not count.
  struct Refusals {
    std::uint64_t messages = 0;
    chat::Trouble last = chat::Trouble::kDiskFailing;  ///< of the latest of them
    bool are_over = true;                              ///< a message has been kept since
  };
  const Refusals& refusals() const { return refusals_; }

  /// The latest that an earlier life of this store has seen the wall clock at; 0: not known.
  std::int64_t latest_wall() const { return latest_wall_; }

  /// The rooms that have had a message.
  std::vector<chat::RoomName> rooms() const;

  /// Drafts without a verdict: when it is 0, nobody waits any more.
  std::size_t unanswered() const { return unanswered_; }

 private:
  SqliteHistory(Descriptor lock, std::function<std::uint64_t()> random,
                const std::vector<LogPtr>& logs, std::int64_t latest_wall,
                std::unique_ptr<Reader> reader, std::unique_ptr<Writer> writer);

  /// The log is forgotten where nothing holds it: no room, no draft, no message on the disk.
  void forget_if_idle(const Log& log);
  void count(const chat::Verdict& verdict);

  Descriptor lock_;
  std::function<std::uint64_t()> random_;
  std::unordered_map<std::string, LogPtr> logs_;    // by name: on the disk, open, or on the way
  std::unordered_map<chat::RoomId, LogPtr> rooms_;  // the open ones
  std::size_t unanswered_ = 0;
  Refusals refusals_;
  std::int64_t latest_wall_;
  // The reader goes first, so that the writer's is the last connection, which tidies up.
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace palabre::store
