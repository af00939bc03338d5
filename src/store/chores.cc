#include "store/chores.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store/files.h"

namespace palabre::store {
namespace {

constexpr auto kIdle = std::chrono::seconds(1);
constexpr auto kPause = std::chrono::seconds(1);
constexpr std::size_t kRoomsASlice = 64;
constexpr std::size_t kIdsASlice = 500;
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
      clock_(tables_.clock(), !logs_.empty(), outside_.wall_clock(), outside_.boot_clock()),
      next_note_(now + options_.note_clock_every),
      noted_(latest_of(tables_.clock())) {
  if (noted_ == 0) noted_ = clock_.latest();
  for (const LogPtr& log : logs_) {
    log->writer.is_swept = true;
    if (has_too_much(*log)) put_on_list(log);
  }
}

bool Chores::has_too_much(const Log& log) const {
  if (is_for_good(log.name)) return false;
  const RoomRow& row = log.writer.row;
  const Retention& policy = options_.retention;
  return (policy.count && row.next - row.first > *policy.count) ||
         (policy.bytes && row.bytes > *policy.bytes);
}

void Chores::put_on_list(const LogPtr& log) {
  if (std::exchange(log->writer.is_due, true)) return;
  due_.push_back(log);
}

void Chores::on_kept(const std::vector<Answered>& answers, Clock::time_point now) {
  idle_since_ = now;
  const Log* last = nullptr;
  for (const Answered& answered : answers) {
    if (std::exchange(last, answered.log.get()) == answered.log.get()) continue;
    if (answered.log->writer.row.id == 0) continue;  // refused, or kept in another room
    if (!std::exchange(answered.log->writer.is_swept, true)) logs_.push_back(answered.log);
    if (has_too_much(*answered.log)) put_on_list(answered.log);
  }
}

bool Chores::has_slices() const {
  return !due_.empty() || swept_ < logs_.size() || is_forgetting_ ||
         tables_.database().wal_frames() > options_.sizes.wal_pages;
}

Chores::Clock::time_point Chores::next() const {
  auto when = next_sweep_;
  if (tables_.database().wal_frames() > 0) when = std::min(when, idle_since_ + kIdle);
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
  TRY(remove_too_much(most));
  TRY(sweep_rooms(most));
  return forget_ids();
}

SqlResult<void> Chores::begin_sweeps(Clock::time_point now) {
  if (now < next_sweep_) return {};
  next_sweep_ = now + options_.sweep_every;
  clock_.look(outside_.wall_clock(), outside_.boot_clock());
  if (!clock_.is_believed()) {
    swept_ = logs_.size();
    is_forgetting_ = false;
  } else {
    if (options_.retention.age) swept_ = 0;
    if (now >= next_forget_) {
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
  clock_.look(outside_.wall_clock(), outside_.boot_clock());
  return tables_.note_clock(clock_.seen());
}

SqlResult<void> Chores::remove_too_much(std::size_t most) {
  if (due_.empty()) return {};
  const LogPtr log = std::move(due_.front());
  due_.pop_front();
  log->writer.is_due = false;
  // By count and bytes only: expiry by age belongs to the sweep, which knows whether to trust the
  // clock.
  Retention policy = options_.retention;
  policy.age.reset();
  const auto removed = tables_.retain(*log, policy, 0, most);
  if (!removed || !removed->is_done) put_on_list(log);
  if (!removed) return fail(removed.error());
  return {};
}

SqlResult<void> Chores::sweep_rooms(std::size_t most) {
  const std::int64_t now = clock_.wall();
  for (std::size_t rooms = 0; rooms < kRoomsASlice && swept_ < logs_.size(); ++rooms) {
    TRY(const auto removed, tables_.retain(*logs_[swept_], options_.retention, now, most));
    if (removed.is_done) ++swept_;
    if (removed.rows > 0) return {};
  }
  return {};
}

SqlResult<void> Chores::forget_ids() {
  if (!is_forgetting_) return {};
  const std::int64_t before =
      clock_.wall() - std::chrono::microseconds(options_.remember_ids).count();
  TRY(const auto ended, tables_.forget_ids(before, kIdsASlice));
  is_forgetting_ = !ended;
  return {};
}

SqlResult<void> Chores::look_after_wal(Clock::time_point now) {
  const int frames = tables_.database().wal_frames();
  const bool is_idle = now - idle_since_ >= kIdle;
  if (frames == 0 || (!is_idle && frames <= options_.sizes.wal_pages)) return {};
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(wal_path(options_.path), unknown);
  if (is_idle && !unknown && bytes > options_.sizes.wal_bytes) return tables_.settle();
  return tables_.copy_wal();
}

}  // namespace palabre::store
