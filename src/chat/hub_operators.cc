#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "chat/hub.h"

// Operators' requests.

namespace palabre::chat {

void Hub::on(const FromOperator& command, Instant now, Effects& effects) {
  const Operator by{command.by, command.tag, now};
  std::visit([&](const auto& request) { operate(by, request, effects); }, command.request);
}

void Hub::keep_for(const Operator& by, const Record& record, Effects& effects) {
  if (!is_registry_read_) return answer(by, Refused{StillStarting{}}, effects);
  switch (registry_.propose(record)) {
    case Registry::Proposed::kHolds:
      return answer(by, Done{}, effects);
    case Registry::Proposed::kReserved:
      return wait_for({by.by, record, by, by.tag}, effects);
    case Registry::Proposed::kRefused:
      return answer(by, Refused{NotRecorded{Trouble::kRegistryFull}}, effects);
  }
}

void Hub::operate(const Operator& by, const ListOnline& /*list*/, Effects& effects) {
  answer(by, Online{list(by.now)}, effects);
}

std::vector<Online::Session> Hub::list(Instant now) const {
  std::vector<Online::Session> listed;
  listed.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) {
    std::vector<RoomName> rooms;
    for (const RoomId room : session.rooms) rooms.push_back(rooms_.at(room).name());
    listed.push_back({id, session.identity.address, session.shown(), std::move(rooms),
                      now - session.asked_at, !session.key()});
  }
  std::sort(listed.begin(), listed.end(),
            [](const auto& a, const auto& b) { return a.session < b.session; });
  return listed;
}

void Hub::operate(const Operator& by, const ListRooms& /*list*/, Effects& effects) {
  answer(by, Rooms{list_rooms(), rooms_.size(), guests_, sessions_.size() - guests_}, effects);
}

std::vector<Rooms::Room> Hub::list_rooms() const {
  std::vector<Rooms::Room> listed;
  listed.reserve(rooms_.size());
  std::set<RoomName> frozen;
  for (const auto& [room, facts] : registry_.facts()) {
    if (facts.frozen) frozen.insert(room);
  }
  for (const auto& [id, room] : rooms_) {
    listed.push_back({room.name(), room.present().size(), frozen.erase(room.name()) > 0});
  }
  for (const RoomName& closed : frozen) listed.push_back({closed, 0, true});
  std::sort(listed.begin(), listed.end(),
            [](const auto& a, const auto& b) { return a.name.text < b.name.text; });
  return listed;
}

void Hub::operate(const Operator& by, const MakeInvite& make, Effects& effects) {
  keep_for(by, make.record, effects);
}

void Hub::operate(const Operator& by, const RevokeInvite& revoke, Effects& effects) {
  if (!is_registry_read_) return answer(by, Refused{StillStarting{}}, effects);
  const auto hash = registry_.find_invite(revoke.hash, revoke.bytes);
  if (!hash) return answer(by, Refused{NoSuchInvite{}}, effects);
  keep_for(by, InviteRevoked{*hash}, effects);
}

}  // namespace palabre::chat
