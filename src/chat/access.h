#pragma once

#include <set>

#include "chat/names.h"

namespace palabre::chat {

/// Who may enter which room: anybody, but for rooms by invitation, where only members are, and only
/// those whom the registry has admitted.
struct Access {
  std::set<RoomName> by_invitation;
};

}  // namespace palabre::chat
