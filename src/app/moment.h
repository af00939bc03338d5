#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace palabre::app {

/// Parses `2h` (ago; 365 days at most), `2026-11-23`, `2026-11-23 10:30` or `2026-11-23T10:30:00`,
/// in local time, to microseconds since 1970; `now` has the same unit. Either separator may be
/// followed by a time with or without seconds. If the clock is set forward over the time, it
/// becomes one in the next hour; if the time occurs twice, the first occurrence counts. Nothing:
/// the text is not a time, or the day is not in the calendar.
std::optional<std::int64_t> parse_moment(const std::string& text, std::int64_t now);

}  // namespace palabre::app
