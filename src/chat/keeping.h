#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "chat/names.h"

namespace palabre::chat {

/// What a room promises of its messages.
struct Promise {
  /// Numbered and on disk before anybody is sent them. False: numbered, and forgotten.
  bool kept = false;
  // For how long, or until there are how many more of them; nothing: for good.
  std::optional<std::chrono::seconds> age;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> bytes;
};

/// What rooms promise: all the same, but for those that keep nothing.
struct Keeping {
  Promise promise;
  std::set<RoomName> memory_rooms;

  Promise of(const RoomName& room) const {
    return memory_rooms.contains(room) ? Promise{} : promise;
  }
};

}  // namespace palabre::chat
