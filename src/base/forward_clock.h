#pragma once

#include <algorithm>
#include <cstdint>

namespace palabre {

/// The wall clock as it is believed where something is over by it: one that is set back goes on
/// from the latest time that was seen, as fast as time passes, so that what is over stays over.
/// Times are microseconds: wall since 1970, boot since any moment, suspension included.
class ForwardClock {
 public:
  /// `latest`: what was seen before; 0 where nobody knows.
  ForwardClock(std::int64_t latest, std::int64_t wall, std::int64_t boot)
      : latest_(std::max(latest, wall)), boot_(boot) {}

  /// The clocks, now; what the time is.
  std::int64_t look(std::int64_t wall, std::int64_t boot) {
    const std::int64_t passed = std::max<std::int64_t>(boot - boot_, 0);
    boot_ = boot;
    return latest_ = std::max(latest_ + passed, wall);
  }
  /// The value at the last look.
  std::int64_t latest() const { return latest_; }

 private:
  std::int64_t latest_;
  std::int64_t boot_;
};

}  // namespace palabre
