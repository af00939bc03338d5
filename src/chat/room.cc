#include "chat/room.h"

#include <algorithm>

namespace palabre::chat {

void Room::leave(SessionId session) {
  // Linear search: the fastest for the few thousand ids that a room can hold.
  present_.erase(std::find(present_.begin(), present_.end(), session));
}

bool Room::take_turn(const std::string& owner, Duration every, Instant now) {
  const auto turn = turns_.find(owner);
  if (turn != turns_.end() && now < turn->second) return false;
  if (turn == turns_.end() && turns_.size() >= kMostTurns) {
    std::erase_if(turns_, [&](const auto& one) { return one.second <= now; });
    const auto first = std::min_element(turns_.begin(), turns_.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
    if (turns_.size() >= kMostTurns) turns_.erase(first);
  }
  turns_[owner] = now + every;
  return true;
}

std::chrono::seconds Room::turn_after(const std::string& owner, Instant now) const {
  const auto turn = turns_.find(owner);
  if (turn == turns_.end() || turn->second <= now) return {};
  return std::chrono::ceil<std::chrono::seconds>(turn->second - now);
}

}  // namespace palabre::chat
