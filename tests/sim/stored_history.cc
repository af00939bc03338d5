#include "stored_history.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <variant>

namespace palabre::sim {

using std::chrono_literals::operator""ms;

Result<std::unique_ptr<StoredHistory>> StoredHistory::open(SqliteDisk& disk, store::Options options,
                                                           const Pace& pace, const Outside& outside,
                                                           Clocks clocks, Observer observer) {
  std::unique_ptr<StoredHistory> made(
      new StoredHistory(disk, pace, outside, std::move(clocks), std::move(observer)));
  StoredHistory& self = *made;
  options.path = disk.store();
  TRY(self.inner_, store::SqliteHistory::open(
                       options, {.wake =
                                     [&self] {
                                       {
                                         const std::lock_guard lock(self.mutex_);
                                         self.is_woken_ = true;
                                       }
                                       self.woken_.notify_one();
                                     },
                                 .random = [&self] { return self.outside_.random.below(~0ULL); },
                                 .wall_clock = self.clocks_.wall,
                                 .vfs = SqliteDisk::kName,
                                 .boot_clock = [&self] { return self.boot_clock(); },
                                 .take_turns = [&self](auto turn) { self.turn_ = turn; }}));
  self.expect_turn(1ms);
  return made;
}

std::int64_t StoredHistory::boot_clock() const {
  return std::chrono::floor<std::chrono::microseconds>(clocks_.now().time_since_epoch()).count();
}

Duration StoredHistory::delay(Duration most) {
  return Duration(outside_.random.below(static_cast<std::uint64_t>(most.count()) + 1));
}

chat::Cursor StoredHistory::open(chat::RoomId room, const chat::RoomName& name) {
  names_[room] = name;
  ever_[room] = name;
  return inner_->open(room, name);
}

void StoredHistory::close(chat::RoomId room) {
  names_.erase(room);
  inner_->close(room);
}

void StoredHistory::append(chat::Draft draft) {
  if (observer_.appended) observer_.appended(names_.at(draft.room), draft);
  inner_->append(std::move(draft));
  pass_on_wake();
  expect_turn(delay(pace_.commit_delay));
}

void StoredHistory::expect_turn(Duration after) {
  const Instant at = clocks_.now() + after;
  if (turn_at_ && *turn_at_ <= at) return;
  turn_at_ = at;
  outside_.later(after, [this, at] {
    if (turn_at_ != at) return;  // an earlier one was expected meanwhile
    turn_at_.reset();
    make_turn();
  });
}

void StoredHistory::make_turn() {
  if (disk_.ended() || has_failed_) return;
  const auto next = turn_();
  if (disk_.ended() || inner_->failure()) {
    has_failed_ = true;
    if (on_failure) outside_.later({}, on_failure);
    return;
  }
  pass_on_wake();
  // Answers that were not taken count as well, so time must pass.
  if (inner_->unanswered() > 0) expect_turn(1ms + delay(pace_.commit_delay));
  if (!next) return;
  const auto now = boot_clock();
  expect_turn(std::max<Duration>(std::chrono::microseconds(std::max(*next, now) - now), 1ms));
}

std::vector<chat::LogEvent> StoredHistory::take_events() {
  // The writer runs beside the server: it may finish between any two calls.
  if (inner_->unanswered() > 0 && outside_.random.chance(pace_.quick)) make_turn();
  if (disk_.ended()) return {};
  auto events = inner_->take_events();
  if (!observer_.took) return events;
  for (const chat::LogEvent& event : events) {
    const chat::RoomName name = std::visit(
        [this](const auto& one) {
          if constexpr (requires { one.draft.room; }) {
            return ever_.at(one.draft.room);
          } else if constexpr (requires { one.room.text; }) {
            return one.room;
          } else {
            return ever_.at(one.room);
          }
        },
        event);
    observer_.took(name, event);
  }
  return events;
}

void StoredHistory::read(const chat::Read& read) {
  asked_.push_back(read);
  if (outside_.random.chance(pace_.quick)) {
    while (!asked_.empty()) answer_read();
    return;
  }
  outside_.later(delay(pace_.read_delay), [this] {
    if (asked_.empty()) return;
    answer_read();
    outside_.wake();
  });
}

void StoredHistory::answer_read() {
  const chat::Read read = asked_.front();
  asked_.pop_front();
  if (!names_.contains(read.room) || disk_.ended()) return;
  pass_on_wake();
  inner_->read(read);
  std::vector<chat::Slice> slices;
  while (slices.empty()) {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [this] { return is_woken_; });
    is_woken_ = false;
    lock.unlock();
    slices = inner_->take_slices();
  }
  std::ranges::move(slices, std::back_inserter(slices_));
}

std::vector<chat::Slice> StoredHistory::take_slices() {
  std::vector<chat::Slice> slices = std::exchange(slices_, {});
  std::erase_if(slices, [this](const chat::Slice& slice) { return !names_.contains(slice.room); });
  return slices;
}

bool StoredHistory::was_woken() {
  const std::lock_guard lock(mutex_);
  return std::exchange(is_woken_, false);
}

void StoredHistory::pass_on_wake() {
  if (was_woken()) outside_.wake();
}

}  // namespace palabre::sim
