#pragma once

#include <utility>
#include <vector>

#include "chat/ids.h"
#include "chat/names.h"

namespace palabre::chat {

/// The sessions in one room, in order of arrival. The messages of the room are in its log.
class Room {
 public:
  explicit Room(RoomName name) : name_(std::move(name)) {}

  const RoomName& name() const { return name_; }
  const std::vector<SessionId>& present() const { return present_; }

  /// Requires that the session is not in the room.
  void enter(SessionId session) { present_.push_back(session); }
  /// Requires that the session is in the room.
  void leave(SessionId session);

 private:
  RoomName name_;
  std::vector<SessionId> present_;
};

}  // namespace palabre::chat
