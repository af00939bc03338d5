#pragma once

#include <chrono>

#include "base/time.h"

// Only the outermost event loops call these. All other code gets the time as an argument.

namespace palabre {

/// The monotonic clock.
inline Instant clock_now() { return std::chrono::steady_clock::now(); }

/// The wall clock, which may jump; see WallTime for its uses.
inline WallTime wall_clock_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count()};
}

}  // namespace palabre
