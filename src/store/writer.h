#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "chat/history.h"
#include "chat/refused_epochs.h"
#include "store/chores.h"
#include "store/files.h"
#include "store/log.h"
#include "store/log_tables.h"
#include "store/options.h"

namespace palabre::store {

/// The one thread that writes. It takes all that waits as one group, so that one sync of the disk
/// is shared by everybody who waits for it; nobody waits for a group to fill. Between the groups it
/// does the chores, in slices: retention, checkpoints.
class Writer {
 public:
  /// `options.path` is the file of `tables`. `settled`: `tables.settle()` has succeeded. `logs`:
  /// those of `tables.load()`. Starts the thread.
  Writer(LogTables tables, std::vector<LogPtr> logs, bool settled, Options options,
         Outside outside);
  /// Keeps what waits, unless the disk fails, and cleans up; verdicts are nobody's any more.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Every draft is answered, but those of which nobody knows whether they are kept (`failure`).
  void append(Posted posted);
  /// In the order of the numbers of each room.
  std::vector<Answered> take();

  /// Why nothing more is kept in the life of this process.
  std::optional<Error> failure() const;

 private:
  using Clock = std::chrono::steady_clock;
  using AuthorAndId = std::pair<std::string, std::string>;

  /// Empty where nothing has come and something else is to be done; nothing at the end.
  std::optional<std::vector<Posted>> wait_for_group();
  Clock::time_point next_wake() const;
  void answer(std::vector<Answered> answers);
  void fail(Error error);

  void run();
  /// Gives up where the file was removed or replaced, or one of SQLite's beside it: what is written
  /// then is gone with it. Looks before each group, at most once in `look_every`: a look is cheap
  /// beside a sync, and what is acknowledged after the file has gone would not be kept.
  void look_at_files(Clock::time_point now);
  /// The first of those beside the store that is not the one that it was; empty: none.
  std::filesystem::path lost_beside();
  /// Files in the place of those are of another time, and would be taken for the store's.
  void remove_foreign();
  void keep(std::vector<Posted> group);
  /// What keeps it from keeping anything; nothing where it may.
  std::optional<chat::Trouble> make_ready();
  SqlResult<void> settle_doubt();
  void refuse(std::vector<Posted> group, chat::Trouble trouble);
  /// Refuses those of the group whose turn is over, and returns the others.
  std::vector<Posted> within_their_epochs(std::vector<Posted> group);
  void lose(const std::vector<Posted>& group, const SqlError& error);
  /// Gives up where the error is one after which nothing is to be written.
  void note(const SqlError& error);

  // The writer's thread's own.
  LogTables tables_;
  const Options options_;
  const Outside outside_;
  /// One of SQLite's files, and which it is; nothing: it was not there yet.
  struct Beside {
    std::filesystem::path path;
    std::optional<FileId> id;
  };
  const std::optional<FileId> file_;
  std::array<Beside, 2> beside_;
  Clock::time_point next_look_;
  Chores chores_;
  bool settled_;
  bool failed_ = false;
  chat::RefusedEpochs refused_epochs_;
  std::vector<Answered> doubtful_;  ///< refused as soon as it is certain
  std::set<AuthorAndId> lost_;      ///< of drafts of which nobody knows whether they are kept

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Posted> waiting_;
  std::vector<Answered> answered_;
  std::size_t unanswered_ = 0;
  std::size_t unanswered_bytes_ = 0;
  bool stopping_ = false;
  std::optional<Error> failure_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace palabre::store
