#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "chat/names.h"
#include "store/rows.h"

namespace palabre::store {

/// The places that a store has for rooms, `kMostRooms`. Rooms for two and other rooms each have a
/// quarter that the others cannot take, and reserved names one each.
class Places {
 public:
  /// `reserved`: names with a place of their own; the registry's is always one of them.
  explicit Places(std::set<chat::RoomName> reserved);

  /// The room has a place on the disk. Called for all of them before anything else.
  void add(const chat::RoomName& name);
  /// To be called after all of `add`. `is_taken`: whether a room has the place.
  void find_free(const std::function<bool(std::int64_t)>& is_taken);

  /// Places taken by rooms of a transaction that is open.
  struct Taken {
    std::array<std::size_t, 2> of_kind{};
    std::set<chat::RoomName> names;
  };
  /// A place for a new room; 0: there is none for it. The same until it is `take`n.
  std::int64_t next(const chat::RoomName& name, const Taken& taken) const;
  static void take(const chat::RoomName& name, Taken& taken);
  /// The transaction is committed; the rooms have their places.
  void adopt(const Taken& taken);
  /// The room's row is gone.
  void give_back(std::int64_t id, const chat::RoomName& name);

 private:
  static std::size_t kind_of(const chat::RoomName& name) { return chat::is_for_two(name) ? 1 : 0; }

  std::set<chat::RoomName> reserved_;
  std::set<chat::RoomName> missing_;      ///< of the reserved ones: without a room
  std::array<std::size_t, 2> of_kind_{};  ///< places taken
  std::vector<std::int64_t> free_;        ///< the last one is taken next
};

}  // namespace palabre::store
