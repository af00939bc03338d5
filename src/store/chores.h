#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "store/clock_doubt.h"
#include "store/log.h"
#include "store/log_tables.h"
#include "store/options.h"

namespace palabre::store {

/// What the writer does between its groups, a slice at a time: removes what is due by the
/// retention, forgets old ids, copies the write-ahead log into the file. On the writer's thread.
class Chores {
 public:
  using Clock = std::chrono::steady_clock;

  /// `tables`, `options` and `outside` outlive this; `logs` are those on the disk.
  Chores(LogTables& tables, std::vector<LogPtr> logs, const Options& options,
         const Outside& outside, Clock::time_point now);

  /// A group has been kept.
  void on_kept(const std::vector<Answered>& answers, Clock::time_point now);

  /// When there is something to do next; in the past, if there is now.
  Clock::time_point next() const;

  /// Does a slice of each that is due. After an error it waits a while, then goes on.
  /// `group_drafts`: of the group before, so that removing keeps up with what comes.
  SqlResult<void> run(std::size_t group_drafts, Clock::time_point now);

  /// Nothing follows: stores what the next life has to know.
  SqlResult<void> end();

 private:
  bool has_too_much(const Log& log) const;
  void put_on_list(const LogPtr& log);
  SqlResult<void> run_slices(std::size_t group_drafts, Clock::time_point now);
  SqlResult<void> begin_sweeps(Clock::time_point now);
  SqlResult<void> remove_too_much(std::size_t most);
  SqlResult<void> sweep_rooms(std::size_t most);
  SqlResult<void> forget_ids();
  SqlResult<void> look_after_wal(Clock::time_point now);
  bool has_slices() const;

  LogTables& tables_;
  const Options& options_;
  const Outside& outside_;
  std::vector<LogPtr> logs_;
  std::deque<LogPtr> due_;  ///< rooms that have more than they should
  std::size_t swept_;       ///< of `logs_`, in this sweep
  bool is_forgetting_ = false;
  Clock::time_point next_sweep_;
  Clock::time_point next_forget_;
  Clock::time_point idle_since_;
  Clock::time_point paused_until_;

  ClockDoubt clock_;
  Clock::time_point next_note_;
  std::int64_t noted_;  ///< the latest time, as it is stored
};

}  // namespace palabre::store
