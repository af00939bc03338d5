#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace palabre::app {

/// Microseconds since 1970 of `2h` (ago), `2026-11-23`, `2026-11-23 10:30` or
/// `2026-11-23T10:30:00`, in local time; `now` likewise. Nothing where the text is no
/// time, or the day is not in the calendar.
std::optional<std::int64_t> parse_moment(const std::string& text, std::int64_t now);

}  // namespace palabre::app
