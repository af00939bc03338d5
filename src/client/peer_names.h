#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/names.h"

namespace palabre::client {

// Names as a server says them, parsed as names: nothing where they are none. A parsed name is on
// one line, short, and has neither blanks nor controls.

/// Stands for a name that is none. No name can be this one.
inline constexpr std::string_view kNoName = "?";

/// A member's nickname, as it is shown.
std::optional<std::string> nick_of(std::string_view text);

/// Of a message or a person: a member's nickname, a guest's with its star, or its `[ip:port]`.
std::optional<std::string> author_of(std::string_view text);

/// `@NICK`, the room with one member.
bool is_direct(const chat::RoomName& room);

/// A room's name in its canonical form, or `@NICK`.
std::optional<chat::RoomName> room_of(std::string_view text);

}  // namespace palabre::client
