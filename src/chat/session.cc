#include "chat/session.h"

#include <algorithm>

#include "chat/direct_room.h"

namespace palabre::chat {

std::string Session::shown() const {
  if (!nick) return identity.cloak.empty() ? identity.address : identity.cloak;
  return key() ? nick->shown : nick->shown + "*";
}

std::string Session::shown_with_address() const {
  std::string name = shown();
  return name == identity.address ? name : name + " at " + identity.address;
}

std::string Session::author() const { return key() ? "@" + to_hex(*key()) : identity.address; }

std::string Session::owner() const {
  return key() ? author() : to_text(Network::around(identity.ip, 32, 64));
}

std::optional<Network> Session::network() const {
  if (identity.reach != Reach::kPublic) return std::nullopt;
  return neighbourhood(identity.ip);
}

bool Session::is_in(RoomId room) const {
  return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

void Session::go_on_after(const std::optional<MessageId>& id) {
  if (!id || !order_hold.is_by(id)) return;
  order_hold.clear();
  ++epoch;
}

}  // namespace palabre::chat
