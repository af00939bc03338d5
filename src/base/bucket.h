#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace palabre {

/// A pace: so many at once, then so many a second. Two numbers, whoever has one keeps it.
class Bucket {
 public:
  /// Full.
  Bucket(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}

  /// Whether one more is within the pace; if so, it is taken. `now` never goes backwards.
  bool take(Instant now) {
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    left_ = std::min(burst_, left_ + passed.count() * per_second_);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

  /// From when on nobody can tell it from a new one.
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
