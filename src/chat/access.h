#pragma once

#include <set>
#include <string>

#include "chat/names.h"

namespace palabre::chat {

/// Rules on nicknames and rooms. A room is open to anybody, but for rooms by invitation, where only
/// members are, and only those whom the registry has admitted.
struct Access {
  std::set<RoomName> by_invitation;
  /// Keys of nicknames (`Nick::key`) that nobody takes any more: they would speak for the server,
  /// for who runs it, or for the reader. A member who has one keeps it.
  std::set<std::string> reserved_nicks = {};
};

}  // namespace palabre::chat
