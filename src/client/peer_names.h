#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/names.h"

namespace palabre::client {

// Parses names from a server; nothing if the text is not a valid name. A parsed name is on one
// line, short, and has no blanks or control characters.

/// Shown in place of an invalid name. It is not a valid name itself.
inline constexpr std::string_view kNoName = "?";

/// A member's nickname in its display form.
std::optional<std::string> nick_of(std::string_view text);

/// The author of a message, or a person in a room: a member's nickname, a guest's nickname with its
/// star, or a guest's `[ip:port]`.
std::optional<std::string> author_of(std::string_view text);

/// A room's name in its canonical form, or `@NICK`.
std::optional<chat::RoomName> room_of(std::string_view text);

}  // namespace palabre::client
