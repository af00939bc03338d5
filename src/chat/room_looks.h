#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "chat/access.h"
#include "chat/names.h"

namespace palabre::chat {

/// Rooms by what their names look like, so that none is opened beside another that a person could
/// take it for. Rooms that looked alike before go on. Rooms for two and the registry's log have no
/// names that can be asked for, and no look.
class RoomLooks {
 public:
  /// The rooms that are there whether they are open or not: the lobby, those by invitation, those
  /// of which something is kept.
  explicit RoomLooks(const Access& access);

  /// The other room that it could be taken for; nothing: it may be opened.
  std::optional<RoomName> taken_for(const RoomName& name) const;

  /// It is open; until `closed`, or for good where it is one that lasts.
  void opened(const RoomName& name) { add(name, false); }
  void closed(const RoomName& name);
  /// Something of it is kept: it lasts.
  void kept(const RoomName& name) { add(name, true); }

 private:
  std::string look_of(const RoomName& name) const;
  void add(const RoomName& name, bool lasts);

  using Rooms = std::map<RoomName, bool>;  // whether it lasts
  std::function<std::string(const RoomName&)> look_of_;
  std::map<std::string, Rooms> by_look_;
};

}  // namespace palabre::chat
