#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "chat/names.h"

namespace palabre::chat {

/// Rules on nicknames and rooms. A room is open to anybody, but for rooms by invitation, where only
/// members are, and only those whom the registry has admitted.
struct Access {
  std::set<RoomName> by_invitation;
  /// Keys of nicknames (`Nick::key`) that nobody takes any more: they would speak for the server,
  /// for who runs it, or for the reader. A member who has one keeps it.
  std::set<std::string> reserved_nicks = {};
  /// The look of a room's name: equal for names that a person could take for one another.
  /// Nothing: none looks like another.
  std::function<std::string(const RoomName&)> look_of = {};
  /// Rooms of which something was kept before the start: none that looks like one of them, like one
  /// by invitation, like the lobby or like one that is open is opened beside it.
  std::vector<RoomName> kept_rooms = {};
};

}  // namespace palabre::chat
