#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace palabre::store {

/// What a room keeps; the oldest messages go first, and none goes before an older one. Nothing is
/// forever where nothing is said.
struct Retention {
  std::optional<std::chrono::seconds> age;  ///< since it was kept, by the wall clock
  std::optional<std::uint64_t> count;       ///< messages a room
  std::optional<std::uint64_t> bytes;       ///< of authors and texts, a room

  bool keeps_all() const { return !age && !count && !bytes; }
};

}  // namespace palabre::store
