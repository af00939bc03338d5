#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "chat/names.h"

namespace palabre::wire {

/// How much a name was worked on: the text that was given to ICU, in units of UTF-16, each time
/// that it was. ICU's own work on it grows with the square of a pile of marks, so this has to have
/// a bound whatever somebody sends.
struct NameWork {
  /// No name brings about more.
  static constexpr std::size_t kMostUnits = 2048;
  std::size_t units = 0;
};

/// A nickname: at most 24 characters, letters of any script, their marks, digits, and `_ - .`
/// after the first. Nothing that does not show. `text` is UTF-8 made safe by `clean`.
///
/// Its key is what it looks like (UTS #39 skeleton, whatever the case), so that nobody passes for
/// another by a Cyrillic letter, a capital I for a small l, or an invisible character.
///
/// Adds to `work`, here and below, where somebody wants to know.
std::optional<chat::Nick> parse_nick(std::string_view text, NameWork* work = nullptr);

/// The same without its key, which takes most of the time: as it is shown.
std::optional<std::string> parse_shown_nick(std::string_view text);

/// Keys of the nicknames that would speak for the server, for who runs it, or for the reader:
/// `you`, `server`, `admin` and their like, in English and in French.
std::set<std::string> reserved_nick_keys();

/// A text as people compare texts: whatever the case, compatibility forms and the order of marks
/// (NFKC_Casefold); with its accents.
std::string folded(std::string_view text);

/// A room's name: at most 32 characters of the same kind. Case and compatibility forms do not
/// matter (NFKC_Casefold); a `#` or `/` before it, as people write from habit, is taken off.
std::optional<chat::RoomName> parse_room_name(std::string_view text, NameWork* work = nullptr);

/// The look of a room's name (UTS #39 skeleton): equal for names that a person could take for
/// one another.
std::string look_of(const chat::RoomName& name, NameWork* work = nullptr);

}  // namespace palabre::wire
