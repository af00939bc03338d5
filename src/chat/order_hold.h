#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "chat/ids.h"

namespace palabre::chat {

/// A session's posts that could not be kept for the moment. Until the first of them comes again
/// nothing else of the session is kept, so that its posts stay in their order.
///
/// Of each room the first is known: once the session has left that room, its posts there are given
/// up, and the first of another room is the one to come. So there is one for each room of a session
/// at most.
class OrderHold {
 public:
  /// `sequence`: see `Draft`. In any order: one that found the queue full is answered before those
  /// that are in it.
  void note(RoomId room, const MessageId& id, std::uint64_t sequence) {
    const auto known = std::find_if(firsts_.begin(), firsts_.end(),
                                    [&](const First& first) { return first.room == room; });
    if (known == firsts_.end()) {
      firsts_.push_back({room, id, sequence});
    } else if (sequence < known->sequence) {
      *known = {room, id, sequence};
    }
  }
  void give_up(RoomId room) {
    std::erase_if(firsts_, [&](const First& first) { return first.room == room; });
  }
  void clear() { firsts_.clear(); }

  bool is_empty() const { return firsts_.empty(); }
  /// Whether `id` is the one to come.
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
