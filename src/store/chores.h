#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "store/clock_doubt.h"
#include "store/log.h"
#include "store/log_tables.h"
#include "store/options.h"

namespace palabre::store {

/// The writer's work between its groups, one slice at a time: removes messages that the retention
/// no longer keeps, or that were decided to be removed, forgets old ids, checkpoints the
/// write-ahead log. Runs on the writer's thread.
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

  /// For a group that is kept now.
  Moment moment(Clock::time_point now);

  Free free() const { return free_; }
  /// Messages removed since the last call.
  std::vector<chat::Removed> take_removed() { return std::exchange(removed_, {}); }
  /// Rooms found since the last call of which nothing is left. Their rows stay.
  std::vector<LogPtr> take_vacant() { return std::exchange(vacant_, {}); }

  /// The writer stops: stores what the next start can use.
  SqlResult<void> end();

 private:
  Moment last_moment() const;
  void look_at_disk(Clock::time_point now);
  void put_on_list(const LogPtr& log);
  SqlResult<void> run_slices(std::size_t group_drafts, Clock::time_point now);
  SqlResult<void> begin_sweeps(Clock::time_point now);
  SqlResult<void> make_place(std::size_t most);
  SqlResult<void> sweep_rooms(std::size_t most);
  SqlResult<void> carry_out_removals();
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
  bool is_stuck_ = false;  ///< the store is over its total, and nothing may go
  std::uint64_t ids_at_walk_;
  Clock::time_point next_empty_;
  Clock::time_point next_look_at_disk_;
  Free free_ = Free::kForAll;
  std::vector<chat::Removed> removed_;
  std::vector<LogPtr> vacant_;

  ClockDoubt clock_;
  Clock::time_point next_note_;
  std::int64_t noted_;  ///< the latest time that has been stored
};

}  // namespace palabre::store
