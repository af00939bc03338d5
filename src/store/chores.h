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

/// The writer's work between its groups, one slice at a time: removes messages that the retention
/// no longer keeps, forgets old ids, checkpoints the write-ahead log. Runs on the writer's thread.
class Chores {
 public:
  using Clock = std::chrono::steady_clock;

  /// `tables`, `options` and `outside` outlive this object; `logs` are the logs on the disk.
  Chores(LogTables& tables, std::vector<LogPtr> logs, const Options& options,
         const Outside& outside, Clock::time_point now);

  /// Call after a group has been committed.
  void on_kept(const std::vector<Answered>& answers, Clock::time_point now);

  /// When there is work next; in the past if there is work now.
  Clock::time_point next() const;

  /// Does one slice of each chore that is due. After an error it pauses for a second, then resumes.
  /// `group_drafts`: size of the group before, so that removal keeps up with arrivals.
  SqlResult<void> run(std::size_t group_drafts, Clock::time_point now);

  /// The writer stops: stores the state of the clock for the next start.
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
  std::deque<LogPtr> due_;  ///< rooms over their limit of count or bytes
  std::size_t swept_;       ///< number of rooms of `logs_` that this sweep has done
  bool is_forgetting_ = false;
  Clock::time_point next_sweep_;
  Clock::time_point next_forget_;
  Clock::time_point idle_since_;
  Clock::time_point paused_until_;

  ClockDoubt clock_;
  Clock::time_point next_note_;
  std::int64_t noted_;  ///< the latest time that has been stored
};

}  // namespace palabre::store
