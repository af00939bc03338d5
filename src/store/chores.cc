#include "store/chores.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "store/files.h"

namespace palabre::store {
namespace {

constexpr auto kIdle = std::chrono::seconds(1);
constexpr auto kPause = std::chrono::seconds(1);
constexpr std::size_t kRoomsASlice = 64;
constexpr std::size_t kIdsASlice = 500;
constexpr std::uint64_t kManyNewIds = 100'000;
/// Between two attempts to empty the write-ahead log, if readers are in the way.
constexpr auto kEmptyPause = std::chrono::milliseconds(100);
constexpr auto kLookAtDiskEvery = std::chrono::seconds(1);
/// If the latest time runs ahead of the stored one by this much more than usual, the clock has been
/// set forward. The time is then stored at once, so that a clock set back later revives nothing.
constexpr std::int64_t kSetForward = std::chrono::microseconds(std::chrono::minutes(1)).count();

}  // namespace

Chores::Chores(LogTables& tables, std::vector<LogPtr> logs, const Options& options,
               const Outside& outside, Clock::time_point now)
    : tables_(tables),
      options_(options),
      outside_(outside),
      logs_(std::move(logs)),
      swept_(logs_.size()),
      next_sweep_(now),
      next_forget_(now),
      idle_since_(now),
      paused_until_(now),
      ids_at_walk_(tables_.ids()),
      next_empty_(now),
      next_look_at_disk_(now),
      clock_(tables_.clock(), !logs_.empty(), outside_.wall_clock(), outside_.boot_clock()),
      next_note_(now + options_.note_clock_every),
      noted_(latest_of(tables_.clock())) {
  if (noted_ == 0) noted_ = clock_.latest();
  for (const LogPtr& log : logs_) {
    log->writer.is_swept = true;
    if (tables_.is_over(*log)) put_on_list(log);
  }
}

Moment Chores::moment(Clock::time_point now) {
  look_at_disk(now);
  Moment moment = last_moment();
  moment.now = outside_.wall_clock();
  return moment;
}

Moment Chores::last_moment() const {
  Moment moment{.now = clock_.wall(), .free = free_};
  const auto floor = std::chrono::microseconds(options_.retention.floor).count();
  if (floor > 0) {
    moment.old_before =
        clock_.is_believed() ? clock_.wall() - floor : std::numeric_limits<std::int64_t>::min();
  }
  return moment;
}

void Chores::look_at_disk(Clock::time_point now) {
  const std::uint64_t percent = options_.retention.free_percent;
  if (percent == 0 || now < next_look_at_disk_) return;
  next_look_at_disk_ = now + kLookAtDiskEvery;
  const auto space = outside_.space(options_.path);
  if (!space || space->all == 0) return;
  const std::uint64_t bound = space->all / 100 * percent;
  free_ = space->free >= bound        ? Free::kForAll
          : space->free >= bound / 5  ? Free::kForKnown
          : space->free >= bound / 10 ? Free::kForRegistry
                                      : Free::kForRemovals;
}

void Chores::put_on_list(const LogPtr& log) {
  if (std::exchange(log->writer.is_due, true)) return;
  due_.push_back(log);
}

void Chores::on_kept(const std::vector<Answered>& answers, Clock::time_point now) {
  idle_since_ = now;
  const Log* last = nullptr;
  is_stuck_ = false;
  for (const Answered& answered : answers) {
    if (!answered.verdict) continue;
    if (std::exchange(last, answered.log.get()) == answered.log.get()) continue;
    if (answered.log->writer.row.id == 0) continue;  // refused, or kept in another room
    if (!std::exchange(answered.log->writer.is_swept, true)) logs_.push_back(answered.log);
    if (tables_.is_over(*answered.log)) put_on_list(answered.log);
  }
}

bool Chores::has_slices() const {
  return !due_.empty() || swept_ < logs_.size() || is_forgetting_ || tables_.is_removing() ||
         (tables_.is_over_total() && !is_stuck_) ||
         tables_.database().wal_frames() > options_.sizes.wal_pages;
}

Chores::Clock::time_point Chores::next() const {
  auto when = next_sweep_;
  if (tables_.database().wal_frames() > 0) when = std::min(when, idle_since_ + kIdle);
  if (tables_.is_wal_to_go()) when = std::min(when, next_empty_);
  if (has_slices()) when = Clock::time_point::min();
  return std::max(when, paused_until_);
}

SqlResult<void> Chores::run(std::size_t group_drafts, Clock::time_point now) {
  if (now < paused_until_) return {};
  auto done = run_slices(group_drafts, now);
  if (!done) paused_until_ = now + kPause;
  return done;
}

SqlResult<void> Chores::run_slices(std::size_t group_drafts, Clock::time_point now) {
  TRY(look_after_wal(now));
  TRY(begin_sweeps(now));
  const std::size_t most = std::max(options_.sizes.retained_rows, 2 * group_drafts);
  TRY(carry_out_removals());
  TRY(make_place(most));
  TRY(sweep_rooms(most));
  TRY(forget_ids());
  return tables_.count(true);
}

SqlResult<void> Chores::carry_out_removals() {
  if (!tables_.is_removing()) return {};
  TRY(auto removed, tables_.remove_some(options_.sizes.examined_rows));
  std::ranges::move(removed, std::back_inserter(removed_));
  return {};
}

SqlResult<void> Chores::begin_sweeps(Clock::time_point now) {
  if (now < next_sweep_) return {};
  next_sweep_ = now + options_.sweep_every;
  clock_.look(outside_.wall_clock(), outside_.boot_clock());
  if (!clock_.is_believed()) {
    swept_ = logs_.size();
    is_forgetting_ = false;
  } else {
    std::erase_if(logs_, [](const LogPtr& log) { return log->writer.row.id == 0; });
    swept_ = 0;
    const std::uint64_t new_ids = tables_.ids() - std::min(tables_.ids(), ids_at_walk_);
    if (now >= next_forget_ || new_ids > std::max(kManyNewIds, ids_at_walk_ / 4)) {
      is_forgetting_ = true;
      next_forget_ = now + options_.forget_every;
    }
  }
  const auto usual = std::chrono::microseconds(options_.note_clock_every).count();
  const bool is_set_forward = clock_.latest() - noted_ > usual + kSetForward;
  if (now < next_note_ && !is_set_forward) return {};
  next_note_ = now + options_.note_clock_every;
  TRY(tables_.note_clock(clock_.seen()));
  noted_ = clock_.latest();
  return {};
}

SqlResult<void> Chores::end() {
  TRY(tables_.count(false));
  clock_.look(outside_.wall_clock(), outside_.boot_clock());
  return tables_.note_clock(clock_.seen());
}

SqlResult<void> Chores::make_place(std::size_t most) {
  if (!due_.empty()) {
    const LogPtr log = std::move(due_.front());
    due_.pop_front();
    log->writer.is_due = false;
    const auto removed = tables_.make_place(*log, last_moment(), most);
    if (!removed || (!removed->is_done && tables_.is_over(*log))) put_on_list(log);
    if (!removed) return fail(removed.error());
  }
  if (!tables_.is_over_total() || is_stuck_) return {};
  TRY(const auto removed, tables_.make_place_in_all(last_moment(), most));
  is_stuck_ = removed.rows == 0;
  return {};
}

SqlResult<void> Chores::sweep_rooms(std::size_t most) {
  const Moment moment = last_moment();
  for (std::size_t rooms = 0; rooms < kRoomsASlice && swept_ < logs_.size(); ++rooms) {
    const LogPtr& log = logs_[swept_];
    TRY(const auto removed, tables_.retain(*log, moment, most));
    if (removed.is_done) {
      ++swept_;
      const bool is_wanted = logs_.size() >= options_.sizes.many_rooms;
      if (is_wanted && LogTables::is_vacant(*log)) vacant_.push_back(log);
    }
    if (removed.rows > 0) return {};
  }
  return {};
}

SqlResult<void> Chores::forget_ids() {
  if (!is_forgetting_) return {};
  const std::int64_t before =
      clock_.wall() - std::chrono::microseconds(options_.remember_ids).count();
  TRY(const auto ended, tables_.forget_ids(before, kIdsASlice, options_.sizes.ids_of_author));
  is_forgetting_ = !ended;
  if (ended) ids_at_walk_ = tables_.ids();
  return {};
}

SqlResult<void> Chores::look_after_wal(Clock::time_point now) {
  if (tables_.is_wal_to_go() && !tables_.is_removing() && now >= next_empty_) {
    next_empty_ = now + kEmptyPause;
    auto emptied = tables_.settle();
    if (!emptied && emptied.error().fault != Fault::kBusy) return emptied;
  }
  const int frames = tables_.database().wal_frames();
  const bool is_idle = now - idle_since_ >= kIdle;
  if (frames == 0 || (!is_idle && frames <= options_.sizes.wal_pages)) return {};
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(wal_path(options_.path), unknown);
  if (is_idle && !unknown && bytes > options_.sizes.wal_bytes) return tables_.settle();
  return tables_.copy_wal();
}

}  // namespace palabre::store
