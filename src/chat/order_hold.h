#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "chat/ids.h"

namespace palabre::chat {

/// Keeps the order of a session's posts after one was refused with a transient trouble: until the
/// first such post is retried, no other post of the session is kept.
///
/// Only the first refused post of each room is stored, so there is at most one entry for each room
/// of a session. When the session leaves a room, its post there is given up, and the first one
/// among the other rooms is awaited.
class OrderHold {
 public:
  /// Stores a refused post. `sequence`: see `Draft`. Calls may come out of order: a post that found
  /// the queue full is answered before those in the queue.
  void note(RoomId room, const MessageId& id, std::uint64_t sequence) {
    const auto known = std::find_if(firsts_.begin(), firsts_.end(),
                                    [&](const First& first) { return first.room == room; });
    if (known == firsts_.end()) {
      firsts_.push_back({room, id, sequence});
    } else if (sequence < known->sequence) {
      *known = {room, id, sequence};
    }
  }
  /// Gives up the refused post of the room, if there is one.
  void give_up(RoomId room) {
    std::erase_if(firsts_, [&](const First& first) { return first.room == room; });
  }
  void clear() { firsts_.clear(); }

  bool is_empty() const { return firsts_.empty(); }
  /// Whether `id` is the awaited post: the first refused one of all rooms. False if none is
  /// awaited.
  bool is_by(const std::optional<MessageId>& id) const {
    const auto first =
        std::min_element(firsts_.begin(), firsts_.end(),
                         [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    return first != firsts_.end() && first->id == id;
  }

 private:
  struct First {
    RoomId room;
    MessageId id;
    std::uint64_t sequence = 0;
  };
  std::vector<First> firsts_;
};

}  // namespace palabre::chat
