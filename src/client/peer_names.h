#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// The nicknames in a list, at most so many; those that are not valid are left out.
template <typename Texts>
std::vector<std::string> nicks_of(const Texts& texts, std::size_t most) {
  std::vector<std::string> nicks;
  for (const std::string& text : texts) {
    if (nicks.size() >= most) break;
    if (auto nick = nick_of(text)) nicks.push_back(*std::move(nick));
  }
  return nicks;
}

}  // namespace palabre::client
