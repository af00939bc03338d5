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
/// with one space between, KEY, HASH and LOOK in base64url, EXPIRY in seconds since 1970. LOOK is
/// `chat::Nick::key`, so that another version of ICU, which may work out another, does not make two
/// members one. Records of before have none: theirs is worked out.
std::string to_line(const chat::Record& record);

/// Nothing where it is no record: of a kind that is not known, or damaged.
std::optional<chat::Record> parse_record(std::string_view line);

}  // namespace palabre::wire
