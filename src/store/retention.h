#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "chat/names.h"

namespace palabre::store {

/// How much a room keeps. The oldest messages go first, never a newer one before an older one. A
/// limit that is not set does not apply.
struct Retention {
  std::optional<std::chrono::seconds> age;  ///< since the message was kept, by the wall clock
  std::optional<std::uint64_t> count;       ///< messages per room
  std::optional<std::uint64_t> bytes;       ///< bytes of authors and texts per room

  bool keeps_all() const { return !age && !count && !bytes; }
};

/// Whether nothing of the room ever expires, whatever the retention: no message and no id.
inline bool is_for_good(const chat::RoomName& room) { return room.text == chat::kRegistryRoom; }

}  // namespace palabre::store
