#include <algorithm>
#include <utility>

#include "chat/direct_room.h"
#include "chat/hub.h"

// Rooms for two: requests, blocks, and who is put into them.

namespace palabre::chat {

void Hub::ask(const Asker& by, const Contact& contact, Effects& effects) {
  using What = Contact::What;
  using Why = NotInPrivate::Why;
  if (!by.session.key()) return refuse(by, MembersOnly{"A room for two"}, effects);
  if (!is_registry_read_) return refuse(by, StillStarting{}, effects);
  const MemberKey& key = *by.session.key();
  if (is_list(contact.what)) {
    const auto all =
        contact.what == What::kRequests ? registry_.requests_to(key) : registry_.blocked_by(key);
    return answer(by, Contacts{contact.what, {}, shown_first(all, kMostRequests), all.size()},
                  effects);
  }
  const auto other = contact.with ? registry_.owner_of(*contact.with) : std::nullopt;
  const std::string nick = contact.with ? contact.with->shown : "";
  if (!other || !registry_.nick_of(*other)) return refuse(by, NoSuchMember{nick}, effects);
  if (*other == key) return refuse(by, NoOtherMember{}, effects);
  const auto no = [&](Why why, std::size_t limit = 0) {
    refuse(by, NotInPrivate{why, nick, limit, {}}, effects);
  };
  Record record = Blocked{key, *other, contact.what == What::kBlock};
  if (contact.what == What::kAccept) {
    const auto direct = registry_.direct(key, *other);
    if (registry_.is_blocked(key, *other)) return no(Why::kIsBlocked);
    if (direct == Registry::Direct::kNone || direct == Registry::Direct::kAsks)
      return no(Why::kHasNotAsked);
    record = DirectOpened{key, *other, true};
  }
  switch (registry_.propose(record)) {
    case Registry::Proposed::kHolds:
      return answer(by, done(contact), effects);
    case Registry::Proposed::kRefused:
      return no(Why::kTooManyBlocked, registry_.most_blocks_of_member());
    case Registry::Proposed::kReserved:
      break;
  }
  if (contact.what != What::kAccept && !blocks_.take(by.session.owner(), by.now)) {
    registry_.withdraw(record);
    return refuse(by, TooFast{}, effects);
  }
  wait_for({by.id, record, contact, by.tag}, effects);
}

Contacts Hub::done(const Contact& contact) const {
  const auto other = registry_.owner_of(*contact.with);
  const auto nick = other ? registry_.nick_of(*other) : std::nullopt;
  return {contact.what, nick ? nick->shown : contact.with->shown, {}, 0};
}

std::vector<std::string> Hub::shown_first(const std::vector<MemberKey>& members,
                                          std::size_t most) const {
  const std::size_t most_bytes = most * 160;  // no nickname of today is as long
  std::vector<std::string> shown;
  std::size_t bytes = 0;
  for (const MemberKey& member : members) {
    const auto nick = registry_.nick_of(member);
    if (!nick) continue;
    bytes += nick->shown.size();
    if (shown.size() >= most || bytes > most_bytes) break;
    shown.push_back(nick->shown);
  }
  return shown;
}

Registry::Direct Hub::direct_for(const Session& session, const RoomName& room) const {
  const auto other = session.key() ? other_in(room, *session.key()) : std::nullopt;
  return other ? registry_.direct(*session.key(), *other) : Registry::Direct::kNone;
}

/// Puts sessions of its members into the room, except those that wait for it: messages there are
/// meant for them. A member who is only asked, or who blocks the other, is left alone.
void Hub::show_direct_room(const DirectOpened& opened, Effects& effects) {
  const RoomName name = direct_room(opened.a, opened.b);
  // No session arrives or departs during this loop.
  for (const MemberKey& key : {opened.a, opened.b}) {
    const MemberKey& other = key == opened.a ? opened.b : opened.a;
    const auto known = members_.find(key);
    const bool is_asked = registry_.direct(key, other) == Registry::Direct::kIsAsked;
    if (known == members_.end() || is_asked || registry_.is_blocked(key, other)) continue;
    for (const SessionId id : known->second) {
      const bool asks = std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
        return one.session == id && one.record == Record(opened);
      });
      if (!asks && sessions_.at(id).caps.many_rooms) put_in(id, name, effects);
    }
  }
}

/// The sessions of the one who blocks leave the room, or are put into it again. The other one sees
/// no more than that they are not there.
void Hub::show_block(const Blocked& blocked, Effects& effects) {
  const RoomName name = direct_room(blocked.by, blocked.whom);
  const auto known = members_.find(blocked.by);
  if (known == members_.end()) return;
  const bool is_open = registry_.direct(blocked.by, blocked.whom) == Registry::Direct::kOpen;
  for (const SessionId id : known->second) {
    const auto room = rooms_by_name_.find(name.text);
    if (!blocked.holds) {
      if (is_open && sessions_.at(id).caps.many_rooms) put_in(id, name, effects);
    } else if (room != rooms_by_name_.end() && sessions_.at(id).is_in(room->second)) {
      take_out(id, room->second, effects);
    }
  }
}

/// To accept costs nothing.
bool Hub::pay_for_asking(const Asker& by, const DirectOpened& opened, Effects& effects) {
  if (registry_.direct(opened.a, opened.b) != Registry::Direct::kNone) return true;
  const auto wait = budgets_.take(Good::kDirect, by.session.identity, by.now);
  if (!wait) return true;
  registry_.withdraw(opened);
  refuse(by, TooMuchTaken{Good::kDirect, *wait}, effects);
  return false;
}

/// If a limit prevents it, the session learns of the room at its next login.
void Hub::put_in(SessionId id, const RoomName& name, Effects& effects) {
  Session& session = sessions_.at(id);
  const bool has_place = session.rooms.size() < limits_.rooms_of_session &&
                         session.put_in.size() < limits_.rooms_put_in;
  if (!has_place || !has_room_for(name) || !may_open(name, *session.key())) return;
  const RoomId room = open(name, effects);
  if (session.is_in(room)) return;
  session.put_in.push_back(room);
  enter(id, session, room, {}, effects);
  effects.push_back(Tell{id, joined_to(session, room)});
}

/// Requires a session with `Caps::many_rooms`, which is in the room.
void Hub::take_out(SessionId id, RoomId room, Effects& effects) {
  Session& session = sessions_.at(id);
  std::erase(session.rooms, room);
  std::erase(session.put_in, room);
  session.order_hold.give_up(room);
  leave(id, room, effects);
  effects.push_back(Tell{id, HasLeft{room}});
}

void Hub::note_spoken(const Advanced& advanced, Effects& effects) {
  const auto room = rooms_.find(advanced.room);
  const auto members = room == rooms_.end() ? std::nullopt : members_of(room->second.name());
  if (!members) return;
  auto [author, asked] = *members;
  const auto direct = registry_.direct(author, asked);
  if (direct == Registry::Direct::kOpen) return registry_.spoke(author, asked);
  if (direct == Registry::Direct::kIsAsked) std::swap(author, asked);
  const auto known = members_.find(asked);
  const auto nick = registry_.nick_of(author);
  const bool is_first = direct != Registry::Direct::kNone && advanced.number.value == 1;
  if (!is_first || known == members_.end() || !nick || registry_.is_blocked(asked, author)) return;
  for (const SessionId id : known->second) {
    effects.push_back(
        Tell{id, AskedToWrite{nick->shown, author_id_of(author), advanced.message->text}});
  }
}

}  // namespace palabre::chat
