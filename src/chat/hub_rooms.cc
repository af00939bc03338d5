#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "chat/direct_room.h"
#include "chat/hub.h"

// Rooms.

namespace palabre::chat {
namespace {

NotInvited::Why why(Registry::InviteCheck::What what) {
  switch (what) {
    case Registry::InviteCheck::What::kSpent:
      return NotInvited::Why::kSpent;
    case Registry::InviteCheck::What::kExpired:
      return NotInvited::Why::kExpired;
    case Registry::InviteCheck::What::kRevoked:
      return NotInvited::Why::kRevoked;
    default:
      return NotInvited::Why::kUnknown;
  }
}

}  // namespace

RoomId Hub::open(const RoomName& name, Effects& effects, const Session* by) {
  if (const auto known = rooms_by_name_.find(name.text); known != rooms_by_name_.end()) {
    return known->second;
  }
  const RoomId room{++last_room_.value};
  const bool is_new = by != nullptr && by->key() && !looks_.lasts(name) && !is_direct_room(name) &&
                      !registry_.founder_of(name) && !keeping_.memory_rooms.contains(name);
  std::optional<Ip> opener;
  if (by != nullptr && !by->identity.is_exempt && !has_own_place(name)) opener = by->identity.ip;
  if (opener) places_.opened(*opener);
  rooms_.emplace(room, Room(name, is_new ? by->key() : std::nullopt, opener));
  rooms_by_name_.emplace(name.text, room);
  looks_.opened(name);
  effects.push_back(OpenRoom{room, name, keeping_.of(name).kept});
  return room;
}

bool Hub::has_own_place(const RoomName& name) const {
  return name.text == kLobby || access_.by_invitation.contains(name);
}

bool Hub::has_room_for(const RoomName& name) const {
  return rooms_by_name_.contains(name.text) || has_own_place(name) || rooms_.size() < limits_.rooms;
}

bool Hub::may_open_now(const Asker& by, const RoomName& name, std::size_t closes,
                       Effects& effects) {
  if (rooms_by_name_.contains(name.text) || has_own_place(name)) return true;
  const std::size_t used = rooms_.size() - closes;
  const std::size_t free = limits_.rooms - std::min(limits_.rooms, used);
  if (!places_.has_place(by.session.identity, free)) {
    refuse(by, TooManyRooms{limits_.rooms, free > 0}, effects);
    return false;
  }
  return pay_for_opening(by, name, effects);
}

/// Rooms that last are there for those who come, whoever opens them.
bool Hub::pay_for_opening(const Asker& by, const RoomName& name, Effects& effects) {
  if (looks_.lasts(name) || is_direct_room(name)) return true;
  const auto wait = budgets_.take(Good::kRoomOpened, by.session.identity, by.now);
  if (wait) refuse(by, TooMuchTaken{Good::kRoomOpened, *wait}, effects);
  return !wait;
}

bool Hub::may_open(const RoomName& name, const MemberKey& member) const {
  if (rooms_by_name_.contains(name.text)) return true;
  std::set<RoomId> rooms;
  for (const SessionId id : members_.at(member)) {
    const Session& session = sessions_.at(id);
    rooms.insert(session.rooms.begin(), session.rooms.end());
  }
  return rooms.size() < limits_.rooms_of_member;
}

void Hub::enter(SessionId id, Session& session, RoomId room, const Start& start, Effects& effects) {
  session.rooms.push_back(room);
  rooms_.at(room).enter(id);
  effects.push_back(StartReading{id, room, start});
}

void Hub::leave(SessionId id, RoomId left, Effects& effects) {
  Room& room = rooms_.at(left);
  room.leave(id);
  effects.push_back(StopReading{id, left});
  if (!room.present().empty()) return;
  if (room.opener()) places_.closed(*room.opener());
  rooms_by_name_.erase(room.name().text);
  looks_.closed(room.name());
  rooms_.erase(left);
  effects.push_back(CloseRoom{left});
}

std::optional<RoomName> Hub::find_name(const Session& by, const RoomRef& room) const {
  if (const auto* name = std::get_if<RoomName>(&room)) return *name;
  const auto other = registry_.owner_of(std::get<Direct>(room).with);
  // A reserved nickname does not make a member yet.
  if (!other || !registry_.nick_of(*other) || !by.key()) return std::nullopt;
  return direct_room(*by.key(), *other);
}

std::optional<RoomId> Hub::room_of(const Asker& by, const std::optional<RoomRef>& room,
                                   Effects& effects, const std::optional<MessageId>& id) {
  if (!room && !by.session.caps.many_rooms) return by.session.rooms.front();
  if (const auto name = room ? find_name(by.session, *room) : std::nullopt) {
    const auto known = rooms_by_name_.find(name->text);
    if (known != rooms_by_name_.end() && by.session.is_in(known->second)) return known->second;
  }
  by.session.go_on_after(id);
  refuse(by, room ? Refusal(NotJoined{written(*room), id}) : RoomNotNamed{id}, effects);
  return std::nullopt;
}

void Hub::ask(const Asker& by, const Join& join, Effects& effects) {
  const auto* direct = std::get_if<Direct>(&join.room);
  if (direct && !by.session.key()) return refuse(by, MembersOnly{"A room for two"}, effects);
  const auto name = find_name(by.session, join.room);
  if (!name) return refuse(by, NoSuchMember{direct->with.shown}, effects);
  if (!direct && !rooms_by_name_.contains(name->text)) {
    if (const auto other = looks_.taken_for(*name)) {
      return refuse(by, LooksLikeRoom{*name, *other}, effects);
    }
  }
  if (may_enter(by, *name, join, effects)) let_in(by, *name, join, effects);
}

bool Hub::may_enter(const Asker& by, const RoomName& name, const Join& join, Effects& effects) {
  const auto no = [&](Refusal refusal) {
    refuse(by, std::move(refusal), effects);
    return false;
  };
  if (const auto* const ban = registry_.decisions().find<Ban>(by.session.identity, name)) {
    return no(banned_by(ban->decision, name.text, by.now));
  }
  const auto* direct = std::get_if<Direct>(&join.room);
  if (!direct && !access_.by_invitation.contains(name)) return true;
  if (!by.session.key()) return no(NotInvited{name, NotInvited::Why::kGuest});
  const MemberKey& key = *by.session.key();
  Record record;
  if (direct) {
    const MemberKey other = *registry_.owner_of(direct->with);
    if (registry_.is_blocked(key, other)) {
      return no(NotInPrivate{NotInPrivate::Why::kIsBlocked, direct->with.shown, 0, {}});
    }
    record = DirectOpened{key, other, true};
  } else {
    if (registry_.is_admitted(key, name)) return true;
    if (!join.invite) return no(NotInvited{name, NotInvited::Why::kNoInvite});
    const auto check = registry_.check_invite(*join.invite, key, join.at);
    const bool is_for_here = check.room == name;
    if (check.what == Registry::InviteCheck::What::kFull && is_for_here) {
      return no(NotRecorded{Trouble::kRegistryFull});
    }
    if (check.what != Registry::InviteCheck::What::kGood || !is_for_here) {
      const bool other = !check.room.text.empty() && !is_for_here;
      return no(NotInvited{name, other ? NotInvited::Why::kOtherRoom : why(check.what)});
    }
    record = InviteUsed{*join.invite, key};
  }
  switch (registry_.propose(record)) {
    case Registry::Proposed::kHolds:
      return true;
    case Registry::Proposed::kReserved:
      if (direct && !pay_for_asking(by, std::get<DirectOpened>(record), effects)) return false;
      wait_for({by.id, record, join, by.tag}, effects);
      return false;
    case Registry::Proposed::kRefused:
      return no(direct ? registry_.why_not(std::get<DirectOpened>(record))
                       : NotRecorded{Trouble::kRegistryFull});
  }
  return false;
}

bool Hub::is_let_in(const Session& session, const RoomName& name) const {
  if (const auto other = other_in(name, *session.key())) {
    const auto direct = registry_.direct(*session.key(), *other);
    return direct == Registry::Direct::kOpen || direct == Registry::Direct::kAsks;
  }
  return registry_.is_admitted(*session.key(), name);
}

void Hub::go_on(const Asker& by, const Join& join, Effects& effects) {
  const auto name = find_name(by.session, join.room);
  if (!name) return;
  if (is_let_in(by.session, *name)) return let_in(by, *name, join, effects);
  const auto check = join.invite
                         ? registry_.check_invite(*join.invite, *by.session.key(), join.at)
                         : Registry::InviteCheck{Registry::InviteCheck::What::kSpent, *name};
  refuse(by, NotInvited{*name, why(check.what)}, effects);
}

void Hub::let_in(const Asker& by, const RoomName& name, const Join& join, Effects& effects) {
  by.session.caps.many_rooms ? add_room(by, name, join, effects) : move(by, name, join, effects);
}

void Hub::move(const Asker& by, const RoomName& name, const Join& join, Effects& effects) {
  const RoomId before = by.session.rooms.front();
  if (rooms_.at(before).name() != name) {
    const std::size_t closes = others_in(before) == 0 ? 1 : 0;
    if (!may_open_now(by, name, closes, effects)) return;
    const RoomId room = open(name, effects, &by.session);
    by.session.order_hold.give_up(before);
    leave(by.id, before, effects);
    by.session.rooms.clear();
    enter(by.id, by.session, room, join.start, effects);
  }
  answer(by, joined_to(by.session, by.session.rooms.front()), effects);
}

void Hub::add_room(const Asker& by, const RoomName& name, const Join& join, Effects& effects) {
  const auto known = rooms_by_name_.find(name.text);
  if (known != rooms_by_name_.end() && by.session.is_in(known->second)) {
    std::erase(by.session.put_in, known->second);
    // It reads again from its new start.
    effects.push_back(StopReading{by.id, known->second, true});
    effects.push_back(StartReading{by.id, known->second, join.start});
    return answer(by, joined_to(by.session, known->second), effects);
  }
  if (by.session.rooms.size() >= limits_.rooms_of_session) {
    return refuse(by, InTooManyRooms{limits_.rooms_of_session}, effects);
  }
  if (by.session.key() && !may_open(name, *by.session.key())) {
    return refuse(by, InTooManyRooms{limits_.rooms_of_member}, effects);
  }
  if (!may_open_now(by, name, 0, effects)) return;
  const RoomId room = open(name, effects, &by.session);
  enter(by.id, by.session, room, join.start, effects);
  answer(by, joined_to(by.session, room), effects);
}

Joined Hub::joined_to(const Session& session, RoomId room) const {
  const RoomName& name = rooms_.at(room).name();
  return {room,
          name_for(session, name),
          others_in(room),
          promise_of(room),
          access_.by_invitation.contains(name),
          registry_.facts_of(name),
          direct_for(session, name) == Registry::Direct::kAsks};
}

std::string Hub::name_for(const Session& session, const RoomName& name) const {
  const auto other = session.key() ? other_in(name, *session.key()) : std::nullopt;
  const auto with = other ? registry_.nick_of(*other) : std::nullopt;
  return with ? "@" + with->shown : name.text;
}

void Hub::ask(const Asker& by, const Leave& leave, Effects& effects) {
  if (!by.session.caps.many_rooms) return refuse(by, AlwaysInOneRoom{}, effects);
  const auto room = room_of(by, leave.room, effects);
  if (!room) return;
  std::erase(by.session.rooms, *room);
  std::erase(by.session.put_in, *room);
  by.session.order_hold.give_up(*room);
  this->leave(by.id, *room, effects);
  answer(by, HasLeft{*room}, effects);
}

void Hub::ask(const Asker& by, const SetTopic& set, Effects& effects) {
  const auto room = room_of(by, set.room, effects);
  if (!room) return;
  if (!is_registry_read_) return refuse(by, StillStarting{}, effects);
  const RoomName& name = rooms_.at(*room).name();
  if (is_muted(by.session, name)) return refuse(by, Muted{}, effects);
  if (registry_.facts_of(name).frozen) return refuse(by, RoomFrozen{}, effects);
  if (set.text.size() > Topic::kMostBytes) {
    return refuse(by, LineTooLong{set.text.size(), Topic::kMostBytes, {}, false}, effects);
  }
  if (keeping_.memory_rooms.contains(name)) return refuse(by, NothingKept{name}, effects);
  if (!topics_.take(by.session.owner(), by.now)) return refuse(by, TooFast{}, effects);
  set_fact(by, *room, Topic{set.text, by.session.shown()}, effects);
}

void Hub::set_fact(const Asker& by, RoomId room, Fact fact, Effects& effects) {
  // The address behind a cloak is written nowhere.
  const bool is_hidden = !by.session.identity.cloak.empty();
  const RoomFact record{rooms_.at(room).name(), std::move(fact),
                        is_hidden ? std::string() : by.session.owner()};
  switch (registry_.propose(record)) {
    case Registry::Proposed::kHolds:
      return answer(by, changed_by(by.session, record), effects);
    case Registry::Proposed::kReserved:
      return wait_for({by.id, record, record, by.tag}, effects);
    case Registry::Proposed::kRefused:
      return refuse(by, NotRecorded{Trouble::kRegistryFull}, effects);
  }
}

RoomChanged Hub::changed_by(const Session& session, const RoomFact& fact) const {
  const auto room = rooms_by_name_.find(fact.room.text);
  return {room == rooms_by_name_.end() ? RoomId{} : room->second, name_for(session, fact.room),
          fact.fact, registry_.facts_of(fact.room)};
}

void Hub::show_fact(const RoomFact& fact, Effects& effects) {
  const bool is_told = std::visit([](const auto& one) { return one.kIsTold; }, fact.fact);
  const auto room = rooms_by_name_.find(fact.room.text);
  if (!is_told || room == rooms_by_name_.end()) return;
  std::set<SessionId> answered;
  for (const Waiting& waiting : waiting_) {
    if (waiting.record == Record(fact)) answered.insert(waiting.session);
  }
  for (const SessionId id : rooms_.at(room->second).present()) {
    if (!answered.contains(id)) effects.push_back(Tell{id, changed_by(sessions_.at(id), fact)});
  }
}

void Hub::show_facts(Effects& effects) {
  std::set<RoomName> names;  // one order, whatever the hash
  for (const auto& [id, room] : rooms_) names.insert(room.name());
  for (const RoomName& name : names) {
    for_each_fact(registry_.facts_of(name), [&](const auto& fact) {
      if (fact.holds()) show_fact({name, fact}, effects);
    });
  }
}

void Hub::ask(const Asker& by, const ReadPast& read, Effects& effects) {
  const auto room = room_of(by, read.room, effects);
  if (!room) return;
  // A page of a room that keeps nothing is answered with gaps; the other forms have no past to
  // start from.
  const bool is_page = std::holds_alternative<ReadPast::Page>(read.what);
  if (!is_page && !promise_of(*room).kept) {
    return refuse(by, NothingKept{rooms_.at(*room).name()}, effects);
  }
  if (const auto wait = budgets_.take(Good::kPage, by.session.identity, by.now)) {
    return refuse(by, TooMuchTaken{Good::kPage, *wait}, effects);
  }
  effects.push_back(ShowPast{by.id, *room, read, by.tag});
}

void Hub::ask(const Asker& by, const Who& who, Effects& effects) {
  if (const auto room = room_of(by, who.room, effects)) answer(by, present_in(by, *room), effects);
}

Present Hub::present_in(const Asker& by, RoomId room) const {
  // No answer has space for more names, and a full room is not worth copying.
  constexpr std::size_t kMostNames = 200;
  const Room& there = rooms_.at(room);
  Present present{{name_for(by.session, there.name())},
                  there.present().size(),
                  {},
                  by.session.shown(),
                  registry_.facts_of(there.name())};
  for (const SessionId other : there.present()) {
    if (present.people.size() == kMostNames) break;
    const Session& session = sessions_.at(other);
    present.people.push_back({session.shown(), !session.key(), session.away,
                              session.key() ? author_id_of(*session.key()) : AuthorId{}});
  }
  return present;
}

}  // namespace palabre::chat
