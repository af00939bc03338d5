#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/record.h"

namespace palabre::wire {

/// A record as a line of the registry's log, without a newline:
///
///     member KEY NICK LOOK
///     invite HASH ROOM EXPIRY USES
///     admitted HASH KEY
///     revoke HASH
///     direct KEY KEY
///     freeze ROOM
///     thaw ROOM
///
/// The separator is one space. KEY, HASH and LOOK are base64url, EXPIRY is in seconds since 1970.
/// LOOK is `chat::Nick::key`. It is stored because another version of ICU may compute another key,
/// and two members must not become one. Old records have no LOOK; it is computed when they are
/// read.
std::string to_line(const chat::Record& record);

/// Nothing: `line` is damaged, or of an unknown kind.
std::optional<chat::Record> parse_record(std::string_view line);

}  // namespace palabre::wire
