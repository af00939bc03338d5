#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace palabre {

// Times as people write and read them.

inline constexpr std::chrono::seconds kLeastTime{1};
inline constexpr std::chrono::seconds kMostTime = std::chrono::hours(24 * 365);

/// Reads `30s`, `10m`, `2h`, `1d`, from `kLeastTime` to `kMostTime`. Nothing: the text is not such
/// a time, or is out of range.
std::optional<std::chrono::seconds> parse_time(std::string_view text);
/// `1h 5m`: the largest unit and the one after it, rounded down; if that one is zero: `1d`. Less
/// than a second: `0s`.
std::string show_time(Duration time);

}  // namespace palabre
