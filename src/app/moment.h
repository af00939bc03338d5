#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace palabre::app {

/// Parses `2h` (ago; 365 days at most), `2026-11-23`, `2026-11-23 10:30` or `2026-11-23T10:30:00`,
/// in local time, to microseconds since 1970; `now` has the same unit. Seconds are optional with
/// either separator. A skipped hour becomes the next one; a repeated hour means its first
/// occurrence. Nothing: the text is not a time, or the day is not in the calendar.
std::optional<std::int64_t> parse_moment(const std::string& text, std::int64_t now);

}  // namespace palabre::app
