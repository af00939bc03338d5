#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/record.h"

namespace palabre::wire {

/// A record as a line of the registry's log, without a newline:
///
///     member KEY NICK
///     invite HASH ROOM EXPIRY USES
///     admitted HASH KEY
///     direct KEY KEY
///     freeze ROOM
///     thaw ROOM
///
/// with one space between, KEY and HASH in base64url, EXPIRY in seconds since 1970.
std::string to_line(const chat::Record& record);

/// Nothing where it is no record: of a kind that is not known, or damaged. What makes a nickname
/// unique is worked out anew, so that all of them go by the same rules.
std::optional<chat::Record> parse_record(std::string_view line);

}  // namespace palabre::wire
