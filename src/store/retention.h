#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "chat/names.h"

namespace palabre::store {

/// What a room keeps; the oldest messages go first, and none goes before an older one. Nothing is
/// forever where nothing is said.
struct Retention {
  std::optional<std::chrono::seconds> age;  ///< since it was kept, by the wall clock
  std::optional<std::uint64_t> count;       ///< messages a room
  std::optional<std::uint64_t> bytes;       ///< of authors and texts, a room

  bool keeps_all() const { return !age && !count && !bytes; }
};

/// Whether nothing of the room ever goes, whatever the retention: not a message, not an id.
inline bool is_for_good(const chat::RoomName& room) { return room.text == chat::kRegistryRoom; }

}  // namespace palabre::store
