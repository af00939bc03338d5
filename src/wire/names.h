#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "chat/names.h"

namespace palabre::wire {

/// Counts the UTF-16 units given to ICU, once for each pass over a name. ICU's time grows with the
/// square of a run of combining marks, so the work needs a bound for any input.
struct NameWork {
  /// Upper bound for one name, whatever its text.
  static constexpr std::size_t kMostUnits = 2048;
  std::size_t units = 0;
};

/// A nickname: at most 24 characters; letters of any script, their marks, digits, and `_ - .` after
/// the first. No invisible characters. `text` is UTF-8 made safe by `clean`. Nothing: it is not a
/// valid nickname.
///
/// Its key is what the nickname looks like (UTS #39 skeleton, without case), so that nobody passes
/// for another by a Cyrillic letter, a capital I for a small l, or an invisible character.
///
/// Adds to `work`, here and below, unless it is null.
std::optional<chat::Nick> parse_nick(std::string_view text, NameWork* work = nullptr);

/// The same without the key, which costs most of the time: the nickname as shown.
std::optional<std::string> parse_shown_nick(std::string_view text);

/// Keys of nicknames that begin with `text`, or with what looks like it, begin with this. Requires
/// that `text` and a letter are a valid nickname.
std::string nick_key_prefix(std::string_view text);

/// Keys of reserved nicknames, which would speak for the server, for its operator or for the
/// reader: `you`, `server`, `admin` and the like, in English and in French.
std::set<std::string> reserved_nick_keys();

/// `text` for comparison: without case, compatibility forms and the order of marks (NFKC_Casefold);
/// accents stay.
std::string folded(std::string_view text);

/// A room's name: at most 32 characters of the same kinds. Case and compatibility forms do not
/// matter (NFKC_Casefold). A leading `#` or `/`, which people write from habit, is removed.
std::optional<chat::RoomName> parse_room_name(std::string_view text, NameWork* work = nullptr);

/// The look of a room's name (UTS #39 skeleton): equal for names that a person could confuse.
std::string look_of(const chat::RoomName& name, NameWork* work = nullptr);

}  // namespace palabre::wire
