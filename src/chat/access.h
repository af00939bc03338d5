#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "chat/names.h"

namespace palabre::chat {

/// Which keys may become members. In all cases: a key that an operator has approved.
enum class Registration {
  kOpen,      ///< every key
  kInvited,   ///< a key that comes with an invite, which is used for it
  kApproved,  ///< none but those that were approved
  kClosed,    ///< the same; the refusal names no way in
};

/// Rules on nicknames and rooms. A room is open to everybody, except rooms by invitation: only
/// members can be in one, and only members whom the registry has admitted.
struct Access {
  std::set<RoomName> by_invitation;
  Registration registration = Registration::kOpen;
  /// Keys of nicknames (`Nick::key`) that can no longer be taken: they would pass for the server,
  /// its operator or the reader. A member who already has one keeps it.
  std::set<std::string> reserved_nicks = {};
  /// The same for keys that begin with this: such a nickname would look like a guest's cloak
  /// (`Identity::cloak`). Empty: no guest has a cloak.
  std::string reserved_prefix = {};
  /// The look of a room's name: equal for names that a person could confuse. Empty function: a name
  /// looks like itself only.
  std::function<std::string(const RoomName&)> look_of = {};
  /// Rooms with messages kept before the start. No new room is opened that looks like one of them,
  /// a room by invitation, the lobby or an open room.
  std::vector<RoomName> kept_rooms = {};
};

}  // namespace palabre::chat
