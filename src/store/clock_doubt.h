#pragma once

#include <cstdint>
#include <optional>

#include "base/forward_clock.h"
#include "store/rows.h"

namespace palabre::store {

/// Decides whether expiry may trust the wall clock. A clock that was set, while the server ran or
/// while it was stopped, may have been set wrongly. Nothing expires by it for the next 24 hours of
/// the server's running, so that an operator can correct it. The observations are stored, so that
/// the 24 hours continue after a restart. Times are in microseconds: wall since 1970, boot since an
/// arbitrary moment, suspension included.
class ClockDoubt {
 public:
  /// `stored`: the observations of the last run; empty if there was none, or if they are
  /// unreadable: the clock is then doubted. `may_expire`: if false, the store has nothing that
  /// could expire, and the clock is not doubted.
  ClockDoubt(const std::optional<ClockRow>& stored, bool may_expire, std::int64_t wall,
             std::int64_t boot);

  /// Observes both clocks, now.
  void look(std::int64_t wall, std::int64_t boot);

  bool is_believed() const { return doubt_ == 0; }
  /// The wall clock at the last look. Not read again: it may have been set since.
  std::int64_t wall() const { return wall_; }
  /// The latest time ever seen, in this run or an earlier one, plus the time that has passed since.
  std::int64_t latest() const { return forward_.latest(); }
  /// The row to store.
  ClockRow seen() const { return {wall_, doubt_, latest()}; }

 private:
  std::int64_t wall_;
  std::int64_t boot_;
  std::int64_t doubt_ = 0;
  ForwardClock forward_;
};

/// The latest time that an earlier run has seen; 0 if unknown.
std::int64_t latest_of(const std::optional<ClockRow>& stored);

}  // namespace palabre::store
