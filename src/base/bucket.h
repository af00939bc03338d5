#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace palabre {

/// A token bucket: a rate limit with a burst. The memory is constant; each owner keeps its own
/// bucket.
class Bucket {
 public:
  /// The bucket starts full.
  Bucket(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}

  /// Takes one token. Returns false, and takes nothing, if there is none. `now` never goes
  /// backwards.
  bool take(Instant now) {
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    left_ = std::min(burst_, left_ + passed.count() * per_second_);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

  /// When the bucket will be full again, and so indistinguishable from a new one.
  Instant full_at() const {
    const std::chrono::duration<double> rest((burst_ - left_) / per_second_);
    return last_ + std::chrono::ceil<Instant::duration>(rest);
  }

 private:
  double burst_;
  double per_second_;
  double left_;
  Instant last_{};
};

}  // namespace palabre
