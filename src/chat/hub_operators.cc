#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
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

void Hub::operate(const Operator& by, const ListMembers& list, Effects& effects) {
  if (!is_registry_read_) return answer(by, Refused{StillStarting{}}, effects);
  Members members;
  members.now = wall(by.now);
  WallTime since{std::numeric_limits<std::int64_t>::min()};
  if (list.since) {
    const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(*list.since);
    since = {members.now.microseconds - ago.count()};
  }
  const auto registered = registry_.registered_since(since);
  members.all = registered.size();
  const Decisions& decisions = registry_.decisions();
  for (const auto& [at, key] : registered) {
    if (members.members.size() == Members::kMost) break;
    const Identity identity{{}, key};
    const auto online = members_.find(key);
    members.members.push_back(
        {registry_.nick_of(key)->shown, author_id_of(key), at,
         online == members_.end() ? 0 : online->second.size(), registry_.is_operator(identity),
         decisions.find<MarkBot>(identity) != nullptr, decisions.find<Mute>(identity) != nullptr,
         decisions.find<Ban>(identity) != nullptr});
  }
  answer(by, std::move(members), effects);
}

RoomsDescribed::Room Hub::described(const RoomName& name) const {
  RoomsDescribed::Room room{name, 0, {}, "", registry_.facts_of(name)};
  auto founder = registry_.founder_of(name);
  const auto open = rooms_by_name_.find(name.text);
  if (open != rooms_by_name_.end()) {
    const Room& there = rooms_.at(open->second);
    if (!founder) founder = there.founder();
    room.present = there.present().size();
    for (const SessionId id : there.present()) {
      if (room.people.size() == RoomsDescribed::kMostPeople) break;
      room.people.push_back(sessions_.at(id).shown());
    }
  }
  if (founder) room.founder = shown(*founder, true);
  return room;
}

void Hub::operate(const Operator& by, const DescribeRooms& describe, Effects& effects) {
  if (!is_registry_read_) return answer(by, Refused{StillStarting{}}, effects);
  std::set<RoomName> names;
  RoomsDescribed rooms;
  if (describe.by) {
    const auto* const key = std::get_if<MemberKey>(&describe.by->whom);
    const auto* const nick = std::get_if<Nick>(&describe.by->whom);
    const auto found = nick != nullptr ? holder_of(*nick) : std::nullopt;
    const auto* const member = key != nullptr ? key
                               : found        ? std::get_if<MemberKey>(&*found)
                                              : nullptr;
    if (member == nullptr) {
      return answer(by, Refused{NobodyThere{describe.by->written, false, true}}, effects);
    }
    for (RoomName& name : registry_.founded_by(*member)) names.insert(std::move(name));
    for (const auto& [id, room] : rooms_) {
      if (room.founder() == *member) names.insert(room.name());
    }
  } else {
    for (const auto& [id, room] : rooms_) names.insert(room.name());
    for (const auto& [name, facts] : registry_.facts()) names.insert(name);
    rooms.for_two = std::erase_if(names, is_for_two);
  }
  rooms.all = names.size();
  for (const RoomName& name : names) {
    if (rooms.rooms.size() == RoomsDescribed::kMost) break;
    rooms.rooms.push_back(described(name));
  }
  answer(by, std::move(rooms), effects);
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
