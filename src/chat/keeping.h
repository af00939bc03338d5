#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "chat/names.h"

namespace palabre::chat {

/// A room's promise about keeping its messages.
struct Promise {
  /// True: numbered and on disk before anybody is sent them. False: numbered only, and not kept.
  bool kept = false;
  // Retention: by age, by number of newer messages, by their bytes. Nothing: no such limit.
  std::optional<std::chrono::seconds> age;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> bytes;
};

/// The promises of all rooms: the same for each, except memory rooms, which keep nothing.
struct Keeping {
  Promise promise;
  std::set<RoomName> memory_rooms;

  Promise of(const RoomName& room) const {
    return memory_rooms.contains(room) ? Promise{} : promise;
  }
};

}  // namespace palabre::chat
