#include "chat/hub.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace palabre::chat {

Hub::Hub(const Limits& limits, Keeping keeping)
    : limits_(limits),
      keeping_(std::move(keeping)),
      idle_(limits.idle - std::min(limits.idle_warning, limits.idle / 2), limits.idle),
      absent_(limits.absent, limits.remember_absent) {}

Effects Hub::handle(const Command& command, Instant now) {
  Effects effects;
  std::visit([&](const auto& one) { on(one, now, effects); }, command);
  return effects;
}

void Hub::on(const Arrive& arrive, Instant now, Effects& effects) {
  if (guests_.size() >= limits_.guests) {
    effects.push_back(Tell{arrive.session, Refused{ServerFull{limits_.guests}}});
    effects.push_back(Gone{arrive.session});
    return;
  }
  const auto place = absent_.take(arrive.address, now);
  // Who comes back gets its room even beyond the limit of rooms: its next word is meant for there.
  const RoomId room = open(place ? place->room : RoomName{std::string(kLobby)}, effects);
  Guest& guest = guests_[arrive.session];
  guest.address = arrive.address;
  idle_.heard(arrive.session, now);
  enter(arrive.session, guest, room, effects);
  Welcome welcome;
  welcome.room = rooms_.at(room).name();
  welcome.others = others_in(room);
  welcome.back = place.has_value();
  welcome.promise = promise_of(room);
  if (place && place->nick) {
    if (take_nick(arrive.session, guest, *place->nick)) {
      welcome.nick = guest.shown();
    } else {
      welcome.lost_nick = place->nick->shown;
    }
  }
  effects.push_back(Tell{arrive.session, std::move(welcome)});
}

void Hub::on(const FromSession& command, Instant now, Effects& effects) {
  const auto found = guests_.find(command.session);
  if (found == guests_.end()) return;
  idle_.heard(command.session, now);
  const Asker by{command.session, found->second, now};
  std::visit([&](const auto& request) { ask(by, request, effects); }, command.request);
}

void Hub::on(const Heard& heard, Instant now, Effects& /*effects*/) {
  if (guests_.contains(heard.session)) idle_.heard(heard.session, now);
}

void Hub::on(const Kept& kept, Instant /*now*/, Effects& effects) {
  const Draft& draft = kept.draft;
  const auto author = guests_.find(draft.session);
  std::optional<Acknowledged> answer;
  if (author != guests_.end() && (draft.id || author->second.wants_acks)) {
    answer = Acknowledged{kept.number, draft.id};
  }
  // Read among the others' messages, the highest number that a guest has seen is one without gaps
  // before it. Whoever is elsewhere by now, or asks again, is told apart from them.
  const bool in_order = answer && !kept.repeated && author->second.room == draft.room;
  if (!kept.repeated) {
    effects.push_back(RoomAdvanced{draft.room, kept.number, draft.session, draft.message,
                                   in_order ? answer : std::nullopt});
  }
  if (answer && !in_order) effects.push_back(Tell{draft.session, *answer});
}

void Hub::on(const NotKept& not_kept, Instant /*now*/, Effects& effects) {
  const Draft& draft = not_kept.draft;
  if (!guests_.contains(draft.session)) return;
  effects.push_back(Tell{draft.session, Refused{CannotKeep{not_kept.trouble, draft.id}}});
}

void Hub::on(const Evict& evict, Instant now, Effects& effects) {
  if (guests_.contains(evict.session)) depart(evict.session, std::nullopt, now, effects);
}

void Hub::on(const Kick& kick, Instant now, Effects& effects) {
  if (guests_.contains(kick.session)) depart(kick.session, Farewell::Why::kKicked, now, effects);
}

void Hub::on(const Freeze& freeze, Instant /*now*/, Effects& /*effects*/) {
  const auto room = rooms_by_name_.find(freeze.room.text);
  if (room != rooms_by_name_.end()) rooms_.at(room->second).freeze(freeze.frozen);
}

void Hub::on(const Tick& /*tick*/, Instant now, Effects& effects) {
  const IdleWatch::Due due = idle_.due(now);
  for (const SessionId session : due.to_warn) {
    effects.push_back(Tell{session, IdleWarning{std::min(limits_.idle_warning, limits_.idle / 2)}});
  }
  for (const SessionId session : due.to_give_up) {
    depart(session, Farewell::Why::kIdle, now, effects);
  }
}

void Hub::on(const Close& /*close*/, Instant now, Effects& effects) {
  std::vector<SessionId> everybody;
  everybody.reserve(guests_.size());
  for (const auto& [session, guest] : guests_) everybody.push_back(session);
  std::sort(everybody.begin(), everybody.end());  // one order, whatever the hash
  for (const SessionId session : everybody) {
    depart(session, Farewell::Why::kClosing, now, effects);
  }
}

void Hub::ask(const Asker& by, const Post& post, Effects& effects) {
  if (rooms_.at(by.guest.room).frozen()) {
    effects.push_back(Tell{by.session, Refused{RoomFrozen{post.id}}});
    return;
  }
  Message message{post.kind, by.guest.shown(), post.text};
  if (const std::size_t bytes = line_bytes(message); bytes > limits_.line_bytes) {
    effects.push_back(Tell{by.session, Refused{LineTooLong{bytes, limits_.line_bytes, post.id}}});
    return;
  }
  effects.push_back(
      Append{Draft{by.guest.room, by.session, std::make_shared<const Message>(std::move(message)),
                   by.guest.address, post.id}});
}

void Hub::ask(const Asker& by, const SetAcks& set, Effects& effects) {
  by.guest.wants_acks = set.on;
  effects.push_back(SetNumbered{by.session, set.on});
  effects.push_back(Tell{by.session, AcksSet{set.on, promise_of(by.guest.room).kept}});
}

void Hub::ask(const Asker& by, const Reread& reread, Effects& effects) {
  if (promise_of(by.guest.room).kept) {
    effects.push_back(RereadRoom{by.session, by.guest.room, reread});
  } else {
    effects.push_back(Tell{by.session, Refused{NothingKept{rooms_.at(by.guest.room).name()}}});
  }
}

void Hub::ask(const Asker& by, const Join& join, Effects& effects) {
  if (rooms_.at(by.guest.room).name() != join.room) {
    const std::size_t closes = others_in(by.guest.room) == 0 ? 1 : 0;
    if (!rooms_by_name_.contains(join.room.text) && rooms_.size() - closes >= limits_.rooms) {
      effects.push_back(Tell{by.session, Refused{TooManyRooms{limits_.rooms}}});
      return;
    }
    const RoomId room = open(join.room, effects);
    leave(by.session, by.guest, effects);
    enter(by.session, by.guest, room, effects);
  }
  effects.push_back(
      Tell{by.session, Joined{join.room, others_in(by.guest.room), promise_of(by.guest.room)}});
}

void Hub::ask(const Asker& by, const TakeNick& take, Effects& effects) {
  if (take_nick(by.session, by.guest, take.nick)) {
    effects.push_back(Tell{by.session, NickTaken{by.guest.shown()}});
  } else {
    effects.push_back(Tell{by.session, Refused{NickInUse{take.nick.shown}}});
  }
}

void Hub::ask(const Asker& by, const Who& /*who*/, Effects& effects) {
  const Room& room = rooms_.at(by.guest.room);
  // More names than this fit no answer; a full server is not worth copying for it.
  constexpr std::size_t kMostNames = 200;
  Present present{room.name(), room.present().size(), {}, by.guest.shown()};
  for (const SessionId other : room.present()) {
    if (present.names.size() == kMostNames) break;
    present.names.push_back(guests_.at(other).shown());
  }
  effects.push_back(Tell{by.session, std::move(present)});
}

void Hub::ask(const Asker& by, const Help& /*help*/, Effects& effects) {
  effects.push_back(Tell{by.session, HelpText{}});
}

void Hub::ask(const Asker& by, const Quit& /*quit*/, Effects& effects) {
  depart(by.session, Farewell::Why::kQuit, by.now, effects);
}

void Hub::ask(const Asker& by, const NotUnderstood& mistake, Effects& effects) {
  effects.push_back(Tell{by.session, Refused{mistake.refusal}});
}

std::vector<Hub::Listed> Hub::list(Instant now) const {
  std::vector<Listed> listed;
  listed.reserve(guests_.size());
  for (const auto& [session, guest] : guests_) {
    listed.push_back({session, guest.address, guest.shown(), rooms_.at(guest.room).name(),
                      idle_.silent_for(session, now)});
  }
  std::sort(listed.begin(), listed.end(),
            [](const Listed& a, const Listed& b) { return a.session < b.session; });
  return listed;
}

std::vector<Hub::ListedRoom> Hub::list_rooms() const {
  std::vector<ListedRoom> listed;
  listed.reserve(rooms_.size());
  for (const auto& [id, room] : rooms_) {
    listed.push_back({room.name(), room.present().size(), room.frozen()});
  }
  std::sort(listed.begin(), listed.end(),
            [](const ListedRoom& a, const ListedRoom& b) { return a.name.text < b.name.text; });
  return listed;
}

std::optional<SessionId> Hub::holder_of(const Nick& nick) const {
  const auto holder = nicks_.find(nick.key);
  return holder == nicks_.end() ? std::nullopt : std::optional(holder->second);
}

RoomId Hub::open(const RoomName& name, Effects& effects) {
  if (const auto known = rooms_by_name_.find(name.text); known != rooms_by_name_.end()) {
    return known->second;
  }
  const RoomId room{++last_room_.value};
  rooms_.emplace(room, Room(name));
  rooms_by_name_.emplace(name.text, room);
  effects.push_back(OpenRoom{room, name, keeping_.of(name).kept});
  return room;
}

void Hub::enter(SessionId session, Guest& guest, RoomId room, Effects& effects) {
  guest.room = room;
  rooms_.at(room).enter(session);
  effects.push_back(StartReading{session, room});
}

void Hub::leave(SessionId session, const Guest& guest, Effects& effects) {
  Room& room = rooms_.at(guest.room);
  room.leave(session);
  effects.push_back(StopReading{session, guest.room});
  if (!room.present().empty()) return;
  rooms_by_name_.erase(room.name().text);
  rooms_.erase(guest.room);
  effects.push_back(CloseRoom{guest.room});
}

bool Hub::take_nick(SessionId session, Guest& guest, const Nick& nick) {
  const auto [holder, was_free] = nicks_.try_emplace(nick.key, session);
  if (!was_free && holder->second != session) return false;
  if (guest.nick && guest.nick->key != nick.key) nicks_.erase(guest.nick->key);
  guest.nick = nick;
  return true;
}

void Hub::depart(SessionId session, std::optional<Farewell::Why> why, Instant now,
                 Effects& effects) {
  const auto found = guests_.find(session);
  Guest& guest = found->second;
  const RoomName room = rooms_.at(guest.room).name();
  leave(session, guest, effects);
  if (why) effects.push_back(Tell{session, Farewell{*why}});
  effects.push_back(Gone{session});
  if (guest.nick) nicks_.erase(guest.nick->key);
  if (guest.nick || room.text != kLobby) {
    absent_.remember(guest.address, AbsentGuests::Place{room, guest.nick}, now);
  }
  idle_.forget(session);
  guests_.erase(found);
}

}  // namespace palabre::chat
