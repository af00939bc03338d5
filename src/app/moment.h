#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace palabre::app {

/// Parses `2h` (ago), `2026-11-23`, `2026-11-23 10:30` or `2026-11-23T10:30:00`, in local time, to
/// microseconds since 1970; `now` has the same unit. Nothing where the text is not a time, or the
/// day is not in the calendar.
std::optional<std::int64_t> parse_moment(const std::string& text, std::int64_t now);

}  // namespace palabre::app
