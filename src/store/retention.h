#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "chat/names.h"

namespace palabre::store {

/// How much is kept. A limit that is not set does not apply.
///
/// By age the oldest messages of a room go first. Where a room is at its count or bytes, or the
/// store at its total, messages older than `floor` go, the oldest first. If there are none, the
/// oldest of the owner or public network with the most there go, to make place for a draft of
/// anybody else. Drafts of that network itself are refused; those of an owner without a network
/// replace its own messages in a room, and are refused at the total. So a flood erases nothing of
/// those who have said less.
struct Retention {
  std::optional<std::chrono::seconds> age;  ///< since the message was kept, by the wall clock
  std::optional<std::uint64_t> count;       ///< messages per room
  std::optional<std::uint64_t> bytes;       ///< bytes of authors and texts per room
  /// Younger messages do not go for another's sake. 0: the oldest of the room always go first.
  std::chrono::seconds floor{0};
  /// Bytes of all rooms, with what messages, ids and rooms cost beside their texts.
  std::optional<std::uint64_t> total;
  /// Percent of the filesystem. With less free, strangers are refused (drafts from a public network
  /// whose owner has nothing here that is older than a day); with less than a fifth of it,
  /// everybody; with less than a tenth, the registry too, except removals.
  unsigned free_percent = 0;
};

/// By how much the value is over the limit; 0 without a limit.
constexpr std::uint64_t excess(std::uint64_t value, const std::optional<std::uint64_t>& limit) {
  return limit && value > *limit ? value - *limit : 0;
}

/// Whether nothing of the room ever expires, whatever the retention: no message and no id. Its
/// messages are in nobody's share.
inline bool is_for_good(std::string_view room) { return room == chat::kRegistryRoom; }
inline bool is_for_good(const chat::RoomName& room) { return is_for_good(room.text); }

}  // namespace palabre::store
