#pragma once

#include <optional>
#include <string_view>

#include "chat/names.h"

namespace palabre::wire {

/// A nickname: at most 24 characters, letters of any script, their marks, digits, and `_ - .`
/// after the first. Nothing that does not show. `text` is UTF-8 made safe by `clean`.
///
/// Its key is what it looks like (UTS #39 skeleton, whatever the case), so that nobody passes for
/// another by a Cyrillic letter, a capital I for a small l, or an invisible character.
std::optional<chat::Nick> parse_nick(std::string_view text);

/// A room's name: at most 32 characters of the same kind. Case and compatibility forms do not
/// matter (NFKC_Casefold); a `#` or `/` before it, as people write from habit, is taken off.
std::optional<chat::RoomName> parse_room_name(std::string_view text);

}  // namespace palabre::wire
