#include "chat/room.h"

#include <algorithm>

namespace palabre::chat {

void Room::leave(SessionId session) {
  // Linear search: the fastest for the few thousand ids that a room can hold.
  present_.erase(std::find(present_.begin(), present_.end(), session));
}

}  // namespace palabre::chat
