#include "chat/hub.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace palabre::chat {

Hub::Hub(const Limits& limits, Keeping keeping, Access access)
    : limits_(limits),
      keeping_(std::move(keeping)),
      access_(std::move(access)),
      idle_(limits.idle - std::min(limits.idle_warning, limits.idle / 2), limits.idle),
      absent_(limits.absent, limits.remember_absent) {}

Effects Hub::handle(const Command& command, Instant now) {
  Effects effects;
  std::visit([&](const auto& one) { on(one, now, effects); }, command);
  return effects;
}

void Hub::on(const Arrive& arrive, Instant now, Effects& effects) {
  if (guests_ >= limits_.guests) {
    effects.push_back(Tell{arrive.session, Refused{ServerFull{limits_.guests}}});
    effects.push_back(Gone{arrive.session});
    return;
  }
  const auto place = absent_.take(arrive.address, now);
  // Who comes back gets its room even beyond the limit of rooms: its next word is meant for there.
  const RoomId room = open(place ? place->room : RoomName{std::string(kLobby)}, effects);
  Session& guest = sessions_[arrive.session];
  ++guests_;
  guest.address = arrive.address;
  idle_.heard(arrive.session, now);
  enter(arrive.session, guest, room, {}, effects);
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
  const auto found = sessions_.find(command.session);
  if (found == sessions_.end()) return;
  if (!found->second.member) idle_.heard(command.session, now);
  const Asker by{command.session, found->second, now, command.tag};
  std::visit([&](const auto& request) { ask(by, request, effects); }, command.request);
}

void Hub::on(const Heard& heard, Instant now, Effects& /*effects*/) {
  if (sessions_.contains(heard.session)) idle_.heard(heard.session, now);
}

void Hub::on(const Kept& kept, Instant /*now*/, Effects& effects) {
  const Draft& draft = kept.draft;
  const auto author = sessions_.find(draft.session);
  const bool is_here = author != sessions_.end() && author->second.is_in(draft.room);
  std::optional<Acknowledged> answer;
  if (author != sessions_.end() && (draft.id || author->second.wants_acks)) {
    answer =
        Acknowledged{kept.number, draft.id, draft.room, kept.kept_at, kept.on_disk, kept.repeated};
  }
  // Read among the others' messages, the highest number that a session has seen is one without gaps
  // before it. Whoever is elsewhere by now, or asks again, is told apart from them.
  const bool in_order = answer && !kept.repeated && is_here;
  if (!kept.repeated) {
    effects.push_back(RoomAdvanced{draft.room, kept.number, draft.session, draft.message,
                                   in_order ? answer : std::nullopt, kept.kept_at});
  }
  if (answer && !in_order) effects.push_back(Tell{draft.session, *answer});
}

void Hub::on(const NotKept& not_kept, Instant /*now*/, Effects& effects) {
  const Draft& draft = not_kept.draft;
  const auto author = sessions_.find(draft.session);
  if (author == sessions_.end()) return;
  Session& session = author->second;
  const bool holds_up =
      session.member && draft.id && passes(not_kept.trouble) && draft.turn == session.turn;
  // Its author may have left, and given it up. The turn is not over by that: what was under way
  // with it is refused as well, and holds the session up by itself.
  if (holds_up && session.is_in(draft.room)) {
    session.held_up.note(draft.room, *draft.id, draft.place);
  }
  const bool is_barred = not_kept.trouble == Trouble::kBarred;
  effects.push_back(Tell{
      draft.session,
      Refused{is_barred ? refusal_of(draft) : Refusal(CannotKeep{not_kept.trouble, draft.id})}});
}

void Hub::on(const Evict& evict, Instant now, Effects& effects) {
  if (sessions_.contains(evict.session)) depart(evict.session, std::nullopt, now, effects);
}

void Hub::on(const Kick& kick, Instant now, Effects& effects) {
  if (sessions_.contains(kick.session)) depart(kick.session, Farewell::Why::kKicked, now, effects);
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
  everybody.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) everybody.push_back(id);
  std::sort(everybody.begin(), everybody.end());  // one order, whatever the hash
  for (const SessionId session : everybody) {
    depart(session, Farewell::Why::kClosing, now, effects);
  }
}

void Hub::answer(const Asker& by, Event event, Effects& effects) {
  effects.push_back(Tell{by.id, std::move(event), by.tag});
}

void Hub::refuse(const Asker& by, Refusal refusal, Effects& effects) {
  answer(by, Refused{std::move(refusal)}, effects);
}

void Hub::ask(const Asker& by, const Post& post, Effects& effects) {
  if (!by.session.rooms.empty()) this->post(by, by.session.rooms.front(), post, effects);
}

void Hub::post(const Asker& by, RoomId room, const Post& post, Effects& effects) {
  by.session.go_on_after(post.id);
  if (!by.session.held_up.is_empty()) {
    if (post.id) by.session.held_up.note(room, *post.id, ++by.session.posts);
    return refuse(by, CannotKeep{Trouble::kTooMuchWaits, post.id}, effects);
  }
  Message message{post.kind, by.session.shown(), post.text};
  const Draft::Bar bar = bar_of(by, room, message);
  Draft draft{room,
              by.id,
              std::make_shared<const Message>(std::move(message)),
              by.session.author(),
              post.id,
              by.session.turn,
              0,
              bar};
  // What a member sends again may be in the log since before it was barred.
  const bool may_be_kept = by.session.member && post.id;
  if (bar != Draft::Bar::kNone && !may_be_kept) return refuse(by, refusal_of(draft), effects);
  draft.place = ++by.session.posts;
  effects.push_back(Append{std::move(draft)});
}

Draft::Bar Hub::bar_of(const Asker& by, RoomId room, const Message& message) const {
  if (is_muted(by.session, by.now)) return Draft::Bar::kMuted;
  if (rooms_.at(room).frozen()) return Draft::Bar::kFrozen;
  return line_bytes(message) > limits_.line_bytes ? Draft::Bar::kTooLong : Draft::Bar::kNone;
}

Refusal Hub::refusal_of(const Draft& draft) const {
  switch (draft.bar) {
    case Draft::Bar::kMuted:
      return Muted{draft.id};
    case Draft::Bar::kFrozen:
      return RoomFrozen{draft.id};
    case Draft::Bar::kTooLong:
      return LineTooLong{line_bytes(*draft.message), limits_.line_bytes, draft.id};
    case Draft::Bar::kNone:
      break;
  }
  return CannotKeep{Trouble::kBarred, draft.id};
}

void Hub::ask(const Asker& by, const SetAcks& set, Effects& effects) {
  by.session.wants_acks = set.on;
  effects.push_back(SetNumbered{by.id, set.on});
  answer(by, AcksSet{set.on, promise_of(by.session.rooms.front()).kept}, effects);
}

void Hub::ask(const Asker& by, const Reread& reread, Effects& effects) {
  const RoomId room = by.session.rooms.front();
  if (!promise_of(room).kept) return refuse(by, NothingKept{rooms_.at(room).name()}, effects);
  effects.push_back(RereadRoom{by.id, room, reread});
}

void Hub::ask(const Asker& by, const Join& join, Effects& effects) {
  const RoomId before = by.session.rooms.front();
  if (rooms_.at(before).name() != join.room) {
    if (access_.by_invitation.contains(join.room)) {
      return refuse(by, NotInvited{join.room, NotInvited::Why::kGuest}, effects);
    }
    const std::size_t closes = others_in(before) == 0 ? 1 : 0;
    if (!has_room_for(join.room, closes)) {
      return refuse(by, TooManyRooms{limits_.rooms}, effects);
    }
    const RoomId room = open(join.room, effects);
    leave(by.id, before, effects);
    by.session.rooms.clear();
    enter(by.id, by.session, room, {}, effects);
  }
  const RoomId room = by.session.rooms.front();
  answer(by, Joined{join.room, others_in(room), promise_of(room)}, effects);
}

void Hub::ask(const Asker& by, const Who& /*who*/, Effects& effects) {
  answer(by, present_in(by, by.session.rooms.front()), effects);
}

Present Hub::present_in(const Asker& by, RoomId room) const {
  // More names than this fit no answer; a full server is not worth copying for it.
  constexpr std::size_t kMostNames = 200;
  const Room& there = rooms_.at(room);
  Present present{there.name(), there.present().size(), {}, by.session.shown()};
  for (const SessionId other : there.present()) {
    if (present.people.size() == kMostNames) break;
    const Session& session = sessions_.at(other);
    present.people.push_back({session.shown(), !session.member, session.away});
  }
  return present;
}

void Hub::ask(const Asker& by, const Help& /*help*/, Effects& effects) {
  answer(by, HelpText{}, effects);
}

void Hub::ask(const Asker& by, const Quit& /*quit*/, Effects& effects) {
  depart(by.id, Farewell::Why::kQuit, by.now, effects);
}

void Hub::ask(const Asker& by, const NotUnderstood& mistake, Effects& effects) {
  by.session.go_on_after(post_refused_by(mistake.refusal));
  refuse(by, mistake.refusal, effects);
}

std::vector<Hub::Listed> Hub::list(Instant now) const {
  std::vector<Listed> listed;
  listed.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) {
    std::vector<RoomName> rooms;
    for (const RoomId room : session.rooms) rooms.push_back(rooms_.at(room).name());
    const Duration silent = session.member ? Duration{} : idle_.silent_for(id, now);
    listed.push_back({id, session.address, session.shown(), std::move(rooms), silent});
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
  if (const auto guest = nicks_.find(nick.key); guest != nicks_.end()) return guest->second;
  const auto owner = registry_.owner_of(nick.key);
  const auto sessions = owner ? members_.find(*owner) : members_.end();
  return sessions == members_.end() ? std::nullopt : std::optional(sessions->second.back());
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

bool Hub::has_room_for(const RoomName& name, std::size_t closes) const {
  return rooms_by_name_.contains(name.text) || rooms_.size() - closes < limits_.rooms;
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
  rooms_by_name_.erase(room.name().text);
  rooms_.erase(left);
  effects.push_back(CloseRoom{left});
}

void Hub::ask(const Asker& by, const TakeNick& take, Effects& effects) {
  if (by.session.member) return take_member_nick(by, take, effects);
  if (!take_nick(by.id, by.session, take.nick)) {
    return refuse(by, NickInUse{take.nick.shown}, effects);
  }
  answer(by, NickTaken{by.session.shown()}, effects);
}

bool Hub::take_nick(SessionId id, Session& guest, const Nick& nick) {
  if (registry_.owner_of(nick.key)) return false;
  const auto [holder, was_free] = nicks_.try_emplace(nick.key, id);
  if (!was_free && holder->second != id) return false;
  if (guest.nick && guest.nick->key != nick.key) nicks_.erase(guest.nick->key);
  guest.nick = nick;
  return true;
}

void Hub::depart(SessionId id, std::optional<Farewell::Why> why, Instant now, Effects& effects) {
  const auto found = sessions_.find(id);
  Session& session = found->second;
  const RoomName room = session.rooms.empty() ? RoomName{} : rooms_.at(session.rooms[0]).name();
  for (const RoomId left : session.rooms) leave(id, left, effects);
  if (why) effects.push_back(Tell{id, Farewell{*why}});
  effects.push_back(Gone{id});
  if (session.member) {
    forget_member(id, *session.member);
  } else {
    forget_guest(id, session, room, now);
  }
  sessions_.erase(found);
}

void Hub::forget_guest(SessionId id, const Session& guest, const RoomName& room, Instant now) {
  --guests_;
  if (guest.nick) nicks_.erase(guest.nick->key);
  if (guest.nick || room.text != kLobby) {
    absent_.remember(guest.address, AbsentGuests::Place{room, guest.nick}, now);
  }
  idle_.forget(id);
}

bool Hub::Session::is_in(RoomId room) const {
  return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

void Hub::Session::go_on_after(const std::optional<MessageId>& id) {
  if (!id || !held_up.is_by(id)) return;
  held_up.clear();
  ++turn;
}

std::string Hub::Session::shown() const {
  if (!nick) return address;
  return member ? nick->shown : nick->shown + "*";
}

}  // namespace palabre::chat
