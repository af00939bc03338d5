#include "store/clock_doubt.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace palabre::store {
namespace {

constexpr std::int64_t in_microseconds(std::chrono::microseconds duration) {
  return duration.count();
}

/// How long the clock is doubted.
constexpr std::int64_t kDoubt = in_microseconds(std::chrono::hours(24));
/// A deviation beyond this means that the clock was set; below, it was only adjusted.
constexpr std::int64_t kSet = in_microseconds(std::chrono::minutes(1));
/// A clock ahead by up to this much is not doubted: the server may have been stopped for so long. A
/// clock that is wrong by less expires little, and a server that runs once a week must not doubt
/// its clock forever.
constexpr std::int64_t kStopped = in_microseconds(std::chrono::days(7));
/// At most this much of the time between two looks counts: nobody sees a clock while the machine
/// sleeps.
constexpr std::int64_t kMostCounted = in_microseconds(std::chrono::hours(1));

}  // namespace

ClockDoubt::ClockDoubt(const std::optional<ClockRow>& stored, bool may_expire, std::int64_t wall,
                       std::int64_t boot)
    : wall_(wall), boot_(boot), forward_(latest_of(stored), wall, boot) {
  if (!may_expire) return;
  const bool goes_on = stored && wall >= stored->seen - kSet && wall <= stored->seen + kStopped;
  doubt_ = goes_on ? std::clamp<std::int64_t>(stored->doubt, 0, kDoubt) : kDoubt;
}

void ClockDoubt::look(std::int64_t wall, std::int64_t boot) {
  const std::int64_t passed = boot - boot_;
  const bool was_set = std::abs(wall - wall_ - passed) > kSet;
  doubt_ = was_set ? kDoubt : std::max<std::int64_t>(doubt_ - std::min(passed, kMostCounted), 0);
  wall_ = wall;
  boot_ = boot;
  forward_.look(wall, boot);
}

std::int64_t latest_of(const std::optional<ClockRow>& stored) {
  return stored ? std::max(stored->seen, stored->latest) : 0;
}

}  // namespace palabre::store
