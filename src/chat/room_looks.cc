#include "chat/room_looks.h"

namespace palabre::chat {
namespace {

bool can_be_asked_for(const RoomName& name) {
  return !name.text.starts_with('.') && !name.text.starts_with('@');
}

}  // namespace

RoomLooks::RoomLooks(const Access& access) : look_of_(access.look_of) {
  kept(RoomName{std::string(kLobby)});
  for (const RoomName& name : access.by_invitation) kept(name);
  for (const RoomName& name : access.kept_rooms) kept(name);
}

std::string RoomLooks::look_of(const RoomName& name) const {
  return look_of_ ? look_of_(name) : name.text;
}

std::optional<RoomName> RoomLooks::taken_for(const RoomName& name) const {
  const auto alike = by_look_.find(look_of(name));
  if (alike == by_look_.end() || alike->second.contains(name)) return std::nullopt;
  return alike->second.begin()->first;
}

bool RoomLooks::lasts(const RoomName& name) const {
  const auto alike = by_look_.find(look_of(name));
  if (alike == by_look_.end()) return false;
  const auto room = alike->second.find(name);
  return room != alike->second.end() && room->second;
}

void RoomLooks::add(const RoomName& name, bool lasts) {
  if (!can_be_asked_for(name)) return;
  bool& does = by_look_[look_of(name)][name];
  does = does || lasts;
}

void RoomLooks::closed(const RoomName& name) {
  const auto alike = by_look_.find(look_of(name));
  if (alike == by_look_.end()) return;
  const auto room = alike->second.find(name);
  if (room == alike->second.end() || room->second) return;
  alike->second.erase(room);
  if (alike->second.empty()) by_look_.erase(alike);
}

}  // namespace palabre::chat
