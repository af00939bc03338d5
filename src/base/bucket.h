#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace palabre {

/// A rate limit: `burst` at once, then `per_second`. Both are positive.
struct Rate {
  double burst = 1;
  double per_second = 1;

  /// That of so many owners together.
  constexpr Rate times(double factor) const { return {burst * factor, per_second * factor}; }
};

/// A token bucket: a rate limit with a burst. The memory is constant; each owner keeps its own
/// bucket.
class Bucket {
 public:
  /// The bucket starts full.
  Bucket(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}
  explicit Bucket(const Rate& rate) : Bucket(rate.burst, rate.per_second) {}

  /// Takes one token. Returns false, and takes nothing, if there is none. `now` never goes
  /// backwards; the first one may be before the clock's epoch.
  bool take(Instant now) {
    if (!has(1, now)) return false;
    left_ -= 1;
    return true;
  }
  /// Whether there are so many tokens. Takes none.
  bool has(double tokens, Instant now) {
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    left_ = std::min(burst_, left_ + std::max(passed.count(), 0.0) * per_second_);
    return left_ >= tokens - kAlmost;
  }
  /// Returns a token that was taken for nothing.
  void give_back() { left_ = std::min(burst_, left_ + 1); }

  /// When there are so many tokens; in the past if there are.
  Instant ready_at(double tokens = 1) const { return when(tokens); }
  /// When the bucket will be full again, and so indistinguishable from a new one.
  Instant full_at() const { return when(burst_); }

 private:
  /// Tokens that a sum of fractions may lack.
  static constexpr double kAlmost = 1e-6;

  Instant when(double tokens) const {
    const std::chrono::duration<double> rest((tokens - left_) / per_second_);
    return last_ + std::chrono::ceil<Instant::duration>(rest);
  }

  double burst_;
  double per_second_;
  double left_;
  Instant last_{};
};

}  // namespace palabre
