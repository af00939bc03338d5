#pragma once

#include <cstdint>
#include <optional>

#include "base/forward_clock.h"
#include "store/rows.h"

namespace palabre::store {

/// Whether the wall clock is to be believed where something expires by it. One that was set, while
/// the server ran or while it did not, was perhaps set wrongly: whoever sees it has a day of the
/// server's running to set it right. What was seen of it is stored, so that the day goes on after a
/// restart. Times are microseconds: wall since 1970, boot since any moment, suspension included.
class ClockDoubt {
 public:
  /// `stored`: what an earlier life has seen; nothing where there was none, or where it is not
  /// known. Without it the clock is doubted where there is something that could expire.
  ClockDoubt(const std::optional<ClockRow>& stored, bool may_expire, std::int64_t wall,
             std::int64_t boot);

  /// The clocks, now.
  void look(std::int64_t wall, std::int64_t boot);

  bool is_believed() const { return doubt_ == 0; }
  /// The wall clock at the last look: not read again, since it may have been set since.
  std::int64_t wall() const { return wall_; }
  /// The latest time that was seen, in this life or an earlier one, and what has passed since.
  std::int64_t latest() const { return forward_.latest(); }
  /// To be stored.
  ClockRow seen() const { return {wall_, doubt_, latest()}; }

 private:
  std::int64_t wall_;
  std::int64_t boot_;
  std::int64_t doubt_ = 0;
  ForwardClock forward_;
};

/// The latest time that an earlier life has seen; 0 where that is not known.
std::int64_t latest_of(const std::optional<ClockRow>& stored);

}  // namespace palabre::store
