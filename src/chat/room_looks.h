#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "chat/access.h"
#include "chat/names.h"

namespace palabre::chat {

/// Rooms by the look of their names, so that no room is opened that a person could confuse with
/// another. Existing rooms that look alike stay. Rooms for two and the registry's log have names
/// that cannot be asked for, and are not compared.
class RoomLooks {
 public:
  /// Starts with the rooms that last, whether open or not: the lobby, rooms by invitation, rooms
  /// with kept messages.
  explicit RoomLooks(const Access& access);

  /// The existing room that `name` could be confused with; nothing: `name` may be opened.
  std::optional<RoomName> taken_for(const RoomName& name) const;

  /// Whether it is one of the rooms that last.
  bool lasts(const RoomName& name) const;

  /// The room is open. It is listed until `closed`, or for good if it lasts.
  void opened(const RoomName& name) { add(name, false); }
  void closed(const RoomName& name);
  /// Messages of the room are kept, so it lasts.
  void kept(const RoomName& name) { add(name, true); }

 private:
  std::string look_of(const RoomName& name) const;
  void add(const RoomName& name, bool lasts);

  using Rooms = std::map<RoomName, bool>;  // value: whether it lasts
  std::function<std::string(const RoomName&)> look_of_;
  std::map<std::string, Rooms> by_look_;
};

}  // namespace palabre::chat
