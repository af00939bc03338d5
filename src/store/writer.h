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

/// The only thread that writes. It takes all waiting drafts as one group, so that one sync serves
/// all of their authors; it does not wait for a group to fill. Between groups it does the chores,
/// in slices: retention, checkpoints.
class Writer {
 public:
  /// `options.path` is the file of `tables`. `settled`: `tables.settle()` has succeeded. `logs`:
  /// the result of `tables.load()`. Starts the thread, unless there is `Outside::take_turns`.
  Writer(LogTables tables, std::vector<LogPtr> logs, bool settled, Options options,
         Outside outside);
  /// Stores the waiting drafts, unless the disk fails, and cleans up; their verdicts are dropped.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Every draft is answered, except those that may or may not be kept (`failure`). Beyond
  /// `Sizes::waiting_drafts` or `waiting_bytes`: answered `kTooMuchWaits` at once.
  void append(const LogPtr& log, chat::Draft draft);
  /// Gives the place of the room, of which nothing is left, to others. Requires that no draft for
  /// this log is unanswered, and that none comes.
  void vacate(LogPtr log);
  /// For each room in the order of its numbers.
  std::vector<Answered> take_answers();

  /// Why nothing more is kept until the process is restarted; empty while it works.
  std::optional<Error> failure() const;

  /// How full the store is.
  struct Fill {
    std::uint64_t used = 0;  ///< bytes, see `Retention::total`
    Free free = Free::kForAll;
  };
  Fill fill() const;

 private:
  using Clock = std::chrono::steady_clock;
  using AuthorAndId = std::pair<std::string, std::string>;

  /// An empty group: no drafts, but other work is due. No value: the writer ends.
  std::optional<std::vector<Posted>> wait_for_group();
  Clock::time_point next_wake() const;
  void answer(std::vector<Answered> answers);
  void fail(Error error);

  void run();
  void do_turn(std::vector<Posted> group);
  std::vector<Posted> take_group();
  /// Requires the lock.
  void put_in_group(Posted posted, std::size_t bytes);
  void finish();
  /// Without a thread: by the boot clock.
  Clock::time_point now() const;
  /// Fails the writer if the store, or one of SQLite's files beside it, was removed or replaced:
  /// further writes would be lost with it. Checks before each group, at most once per `look_every`.
  /// A check is cheap compared with a sync, and nothing may be acknowledged after the file has
  /// gone.
  void look_at_files(Clock::time_point now);
  /// The first file beside the store that has changed its identity; empty: none has.
  std::filesystem::path lost_beside();
  /// Removes files that have taken the place of SQLite's: SQLite would take them for the store's.
  void remove_foreign();
  void do_chores(std::size_t group_drafts);
  void keep(std::vector<Posted> group);
  /// Keeps back the answers that must come after a removal which is not complete, in `held_`.
  std::vector<Answered> without_held(std::vector<Answered> answers);
  void end_hold();
  void note_vacating(std::vector<Posted>& group);
  /// Why no draft can be kept now; empty if drafts can be kept.
  std::optional<chat::Trouble> make_ready();
  SqlResult<void> settle_doubt();
  void refuse(std::vector<Posted> group, chat::Trouble trouble);
  /// Refuses the drafts of refused epochs (`Draft::epoch`), and returns the others.
  std::vector<Posted> within_their_epochs(std::vector<Posted> group);
  void lose(const std::vector<Posted>& group, const SqlError& error);
  /// Fails the writer if nothing may be written after this error.
  void note(const SqlError& error);

  // Used by the writer's thread only.
  LogTables tables_;
  const Options options_;
  const Outside outside_;
  /// One of SQLite's files beside the store, and its identity; empty: it did not exist yet.
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
  std::vector<Answered> doubtful_;  ///< refused as soon as `fence` has succeeded
  std::set<AuthorAndId> lost_;      ///< ids of drafts that may or may not be kept
  std::vector<Posted> vacating_;    ///< rooms whose rows are to go with the next group
  /// The log of a draft that removes all of somebody, and its answers from that one on: they come
  /// when all is removed, at `hold_until_` at the latest.
  LogPtr holding_;
  Clock::time_point hold_until_;
  std::vector<Answered> held_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  /// The waiting drafts, cut into groups as they come: a whole group is handed to the disk.
  struct Group {
    std::vector<Posted> posted;
    std::size_t bytes = 0;
  };
  std::deque<Group> waiting_;
  std::vector<Answered> answered_;
  std::size_t unanswered_ = 0;
  std::size_t unanswered_bytes_ = 0;
  bool stopping_ = false;
  std::optional<Error> failure_;
  Fill fill_;

  std::thread thread_;  // last: it uses all of the above; none with `Outside::take_turns`
};

}  // namespace palabre::store
