#pragma once

#include <algorithm>
#include <cstdint>

namespace palabre {

/// The wall clock for expiry. It never goes back: if the wall clock is set back, it continues from
/// the latest time seen, at the rate of the boot clock, so that what has expired stays expired.
/// Times are in microseconds: `wall` since 1970; `boot` since any fixed moment, suspension
/// included.
class ForwardClock {
 public:
  /// `latest`: the latest time seen by an earlier run; 0: unknown.
  ForwardClock(std::int64_t latest, std::int64_t wall, std::int64_t boot)
      : latest_(std::max(latest, wall)), boot_(boot) {}

  /// Takes the current clock values; returns the time to use.
  std::int64_t look(std::int64_t wall, std::int64_t boot) {
    const std::int64_t passed = std::max<std::int64_t>(boot - boot_, 0);
    boot_ = boot;
    return latest_ = std::max(latest_ + passed, wall);
  }
  /// The result of the last `look`, or of the construction.
  std::int64_t latest() const { return latest_; }

 private:
  std::int64_t latest_;
  std::int64_t boot_;
};

}  // namespace palabre
