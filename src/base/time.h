#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace palabre {

/// A moment on the monotonic clock. It is always an argument, never asked for: only the loop at the
/// very outside reads a clock, so a day of idleness is tested in a microsecond.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

/// A moment as the wall clock had it: microseconds since 1970; 0: not known. To be shown, and to
/// tell what is over; nothing that has to be right goes by it.
struct WallTime {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const WallTime&,
                          const WallTime&) = default;  // NOLINT(modernize-use-nullptr)
};

}  // namespace palabre
