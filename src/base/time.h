#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace palabre {

/// A moment on the monotonic clock. Code gets it as an argument and never reads the clock; only the
/// outermost event loops do. So a test can simulate a day of idleness in a microsecond.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

/// A wall clock time: microseconds since 1970; 0: unknown. For display and for expiry. Nothing that
/// must be correct relies on it.
struct WallTime {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const WallTime&,
                          const WallTime&) = default;  // NOLINT(modernize-use-nullptr)
};

}  // namespace palabre
