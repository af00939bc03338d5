#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "chat/direct_room.h"
#include "chat/hub.h"

// What the hub decides about members: who they are, and in which rooms.

namespace palabre::chat {
namespace {

NotInvited::Why why(Registry::InviteCheck::What what) {
  switch (what) {
    case Registry::InviteCheck::What::kSpent:
      return NotInvited::Why::kSpent;
    case Registry::InviteCheck::What::kExpired:
      return NotInvited::Why::kExpired;
    default:
      return NotInvited::Why::kUnknown;
  }
}

Refusal why_not(Registry::Binding binding, const Nick& nick) {
  if (binding == Registry::Binding::kTooMany) {
    return TooManyNicks{Registry::Limits{}.nicks_of_member};
  }
  if (binding == Registry::Binding::kFull) return NotRecorded{Trouble::kTooMuchWaits};
  return NickInUse{nick.shown};
}

}  // namespace

std::string Hub::Session::author() const { return member ? "@" + to_hex(*member) : address; }

void Hub::on(const Login& login, Instant /*now*/, Effects& effects) {
  if (sessions_.contains(login.session)) return;
  const auto refuse_login = [&](Refusal refusal) {
    effects.push_back(Tell{login.session, Refused{std::move(refusal)}, login.tag});
  };
  if (sessions_.size() - guests_ >= limits_.members) {
    return refuse_login(ServerFull{limits_.members});
  }
  if (const auto nick = registry_.nick_of(login.key)) return come_online(login, *nick, effects);
  if (!login.nick) return refuse_login(NickMissing{});
  if (nicks_.contains(login.nick->key)) return refuse_login(NickInUse{login.nick->shown});
  const Record record = NickBound{login.key, *login.nick};
  if (registry_.propose(record) != Registry::Proposed::kReserved) {
    return refuse_login(why_not(registry_.binding(login.key, *login.nick), *login.nick));
  }
  wait_for({login.session, record, login, login.tag}, effects);
}

void Hub::on(const HungUp& hung_up, Instant now, Effects& effects) {
  std::erase_if(waiting_, [&](const Waiting& one) { return one.session == hung_up.session; });
  if (sessions_.contains(hung_up.session)) depart(hung_up.session, std::nullopt, now, effects);
}

void Hub::on(const MakeInvite& make, Instant /*now*/, Effects& effects) {
  if (registry_.propose(make.record) == Registry::Proposed::kReserved) {
    effects.push_back(KeepRecord{make.record});
  }
}

void Hub::on(const Mute& mute, Instant now, Effects& /*effects*/) {
  std::erase_if(muted_, [&](const auto& one) { return one.second <= now; });
  const auto session = sessions_.find(mute.session);
  if (session == sessions_.end() || !session->second.member) return;
  muted_[*session->second.member] = mute.until;
}

bool Hub::is_muted(const Session& session, Instant now) const {
  const auto muted = session.member ? muted_.find(*session.member) : muted_.end();
  return muted != muted_.end() && now < muted->second;
}

void Hub::on(const RecordKept& kept, Instant now, Effects& effects) {
  registry_.apply(kept.record);
  if (const auto* opened = std::get_if<DirectOpened>(&kept.record)) {
    show_direct_room(*opened, effects);
  }
  for (const Waiting& waiting : take_waiting(kept.record)) go_on(waiting, now, effects);
}

void Hub::on(const RecordNotKept& not_kept, Instant /*now*/, Effects& effects) {
  registry_.withdraw(not_kept.record);
  for (const Waiting& waiting : take_waiting(not_kept.record)) {
    effects.push_back(Tell{waiting.session, Refused{NotRecorded{not_kept.trouble}}, waiting.tag});
  }
}

void Hub::wait_for(Waiting waiting, Effects& effects) {
  effects.push_back(KeepRecord{waiting.record});
  waiting_.push_back(std::move(waiting));
}

std::vector<Hub::Waiting> Hub::take_waiting(const Record& record) {
  const auto others = std::stable_partition(
      waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.record != record; });
  std::vector<Waiting> taken(std::make_move_iterator(others),
                             std::make_move_iterator(waiting_.end()));
  waiting_.erase(others, waiting_.end());
  return taken;
}

void Hub::go_on(const Waiting& waiting, Instant now, Effects& effects) {
  if (const auto* login = std::get_if<Login>(&waiting.what)) {
    if (const auto nick = registry_.nick_of(login->key)) come_online(*login, *nick, effects);
    return;
  }
  const auto found = sessions_.find(waiting.session);
  if (found == sessions_.end()) return;
  const Asker by{waiting.session, found->second, now, waiting.tag};
  if (const auto* enter = std::get_if<Enter>(&waiting.what)) {
    if (const auto name = find_name(by.session, enter->room)) let_in(by, *name, *enter, effects);
    return;
  }
  take_member_nick(by, std::get<TakeNick>(waiting.what), effects);
}

void Hub::come_online(const Login& login, const Nick& nick, Effects& effects) {
  make_place(login.key, effects);
  Session& session = sessions_[login.session];
  session.address = login.address;
  session.member = login.key;
  session.nick = nick;
  session.turn = 1;
  members_[login.key].push_back(login.session);
  effects.push_back(Tell{login.session,
                         LoggedIn{nick.shown, direct_rooms_of(login.key), limits_.line_bytes},
                         login.tag});
}

/// As many as one frame has place for whatever the nicknames are, those first that it opened itself
/// and that were opened last.
std::vector<std::string> Hub::direct_rooms_of(const MemberKey& member) const {
  constexpr std::size_t kMost = 256;
  constexpr std::size_t kMostBytes = std::size_t{48} << 10;
  std::vector<std::string> shown;
  std::size_t bytes = 0;
  const std::vector<MemberKey> others = registry_.direct_rooms_of(member);
  for (auto other = others.rbegin(); other != others.rend() && shown.size() < kMost; ++other) {
    const auto with = registry_.nick_of(*other);
    if (!with) continue;
    bytes += with->shown.size();
    if (bytes > kMostBytes) break;
    shown.push_back(with->shown);
  }
  return shown;
}

/// A device that lost its connection comes back before its old session has ended.
void Hub::make_place(const MemberKey& member, Effects& effects) {
  const auto known = members_.find(member);
  if (known == members_.end() || known->second.size() < limits_.sessions_of_member) return;
  depart(known->second.front(), Farewell::Why::kReplaced, {}, effects);
}

void Hub::forget_member(SessionId id, const MemberKey& member) {
  std::erase_if(waiting_, [&](const Waiting& one) { return one.session == id; });
  const auto known = members_.find(member);
  std::erase(known->second, id);
  if (known->second.empty()) members_.erase(known);
}

void Hub::ask(const Asker& by, const Enter& enter, Effects& effects) {
  const auto name = find_name(by.session, enter.room);
  if (!name) {
    return refuse(by, NoSuchMember{std::get<Direct>(enter.room).with.shown}, effects);
  }
  if (may_enter(by, *name, enter, effects)) let_in(by, *name, enter, effects);
}

bool Hub::may_enter(const Asker& by, const RoomName& name, const Enter& enter, Effects& effects) {
  Record record;
  if (const auto* direct = std::get_if<Direct>(&enter.room)) {
    record = DirectOpened{*by.session.member, *registry_.owner_of(direct->with.key)};
  } else {
    if (!access_.by_invitation.contains(name)) return true;
    if (registry_.is_admitted(*by.session.member, name)) return true;
    if (!enter.invite) {
      refuse(by, NotInvited{name, NotInvited::Why::kNoInvite}, effects);
      return false;
    }
    const auto check = registry_.check_invite(*enter.invite, *by.session.member, enter.at);
    const bool is_for_here = check.room == name;
    if (check.what != Registry::InviteCheck::What::kGood || !is_for_here) {
      const bool other = !check.room.text.empty() && !is_for_here;
      refuse(by, NotInvited{name, other ? NotInvited::Why::kOtherRoom : why(check.what)}, effects);
      return false;
    }
    record = InviteUsed{*enter.invite, *by.session.member};
  }
  switch (registry_.propose(record)) {
    case Registry::Proposed::kHolds:
      return true;
    case Registry::Proposed::kReserved:
      wait_for({by.id, record, enter, by.tag}, effects);
      return false;
    case Registry::Proposed::kRefused:
      refuse(by, NotRecorded{Trouble::kTooManyRooms}, effects);
      return false;
  }
  return false;
}

void Hub::let_in(const Asker& by, const RoomName& name, const Enter& enter, Effects& effects) {
  const auto known = rooms_by_name_.find(name.text);
  if (known != rooms_by_name_.end() && by.session.is_in(known->second)) {
    std::erase(by.session.put_in, known->second);
    // It reads anew from where it says.
    effects.push_back(StopReading{by.id, known->second});
    effects.push_back(StartReading{by.id, known->second, enter.start});
    return tell_entered(by.id, by.session, known->second, by.tag, effects);
  }
  if (by.session.rooms.size() >= limits_.rooms_of_session) {
    return refuse(by, InTooManyRooms{limits_.rooms_of_session}, effects);
  }
  if (!has_room_for(name, 0)) return refuse(by, TooManyRooms{limits_.rooms}, effects);
  if (!may_open(name, *by.session.member)) {
    return refuse(by, InTooManyRooms{limits_.rooms_of_member}, effects);
  }
  const RoomId room = open(name, effects);
  this->enter(by.id, by.session, room, enter.start, effects);
  tell_entered(by.id, by.session, room, by.tag, effects);
}

void Hub::tell_entered(SessionId id, const Session& session, RoomId room, Tag tag,
                       Effects& effects) {
  const RoomName& name = rooms_.at(room).name();
  effects.push_back(Tell{id,
                         Entered{room, name_for(*session.member, name), others_in(room),
                                 promise_of(room).kept, access_.by_invitation.contains(name)},
                         tag});
}

/// Who is online and does not know yet that somebody has a room with it is put there: what will be
/// said there is meant for it.
void Hub::show_direct_room(const DirectOpened& opened, Effects& effects) {
  const RoomName name = direct_room(opened.a, opened.b);
  // Nobody comes or goes while they are put there.
  for (const MemberKey& key : {opened.a, opened.b}) {
    const auto known = members_.find(key);
    if (known == members_.end()) continue;
    for (const SessionId id : known->second) {
      const bool asks = std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
        return one.session == id && one.record == Record(opened);
      });
      if (!asks) put_in(id, name, effects);
    }
  }
}

/// Where it has no place for it, it hears of the room when it comes online the next time.
void Hub::put_in(SessionId id, const RoomName& name, Effects& effects) {
  Session& session = sessions_.at(id);
  const bool has_place = session.rooms.size() < limits_.rooms_of_session &&
                         session.put_in.size() < limits_.rooms_put_in;
  if (!has_place || !has_room_for(name, 0) || !may_open(name, *session.member)) return;
  const RoomId room = open(name, effects);
  if (session.is_in(room)) return;
  session.put_in.push_back(room);
  enter(id, session, room, {}, effects);
  tell_entered(id, session, room, {}, effects);
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

std::string Hub::name_for(const MemberKey& member, const RoomName& name) const {
  const auto other = other_in(name, member);
  const auto with = other ? registry_.nick_of(*other) : std::nullopt;
  return with ? "@" + with->shown : name.text;
}

std::optional<RoomName> Hub::find_name(const Session& by, const RoomRef& room) const {
  if (const auto* name = std::get_if<RoomName>(&room)) return *name;
  const auto other = registry_.owner_of(std::get<Direct>(room).with.key);
  // Who is about to be a member is none yet.
  if (!other || !registry_.nick_of(*other) || !by.member) return std::nullopt;
  return direct_room(*by.member, *other);
}

std::optional<RoomId> Hub::find_room(const Asker& by, const RoomRef& room, Effects& effects,
                                     const std::optional<MessageId>& id) {
  if (const auto name = find_name(by.session, room)) {
    const auto known = rooms_by_name_.find(name->text);
    if (known != rooms_by_name_.end() && by.session.is_in(known->second)) return known->second;
  }
  by.session.go_on_after(id);
  const auto* direct = std::get_if<Direct>(&room);
  refuse(by, NotJoined{direct ? "@" + direct->with.shown : std::get<RoomName>(room).text, id},
         effects);
  return std::nullopt;
}

void Hub::ask(const Asker& by, const Leave& leave, Effects& effects) {
  const auto room = find_room(by, leave.room, effects);
  if (!room) return;
  std::erase(by.session.rooms, *room);
  std::erase(by.session.put_in, *room);
  by.session.held_up.give_up(*room);
  this->leave(by.id, *room, effects);
  answer(by, HasLeft{*room}, effects);
}

void Hub::ask(const Asker& by, const ReadPast& read, Effects& effects) {
  const auto room = find_room(by, read.room, effects);
  if (room) effects.push_back(ShowPast{by.id, *room, read, by.tag});
}

void Hub::ask(const Asker& by, const PostTo& post, Effects& effects) {
  const auto room = find_room(by, post.room, effects, post.post.id);
  if (room) this->post(by, *room, post.post, effects);
}

void Hub::ask(const Asker& by, const WhoIn& who, Effects& effects) {
  const auto room = find_room(by, who.room, effects);
  if (!room) return;
  Present present = present_in(by, *room);
  present.room.text = name_for(*by.session.member, present.room);
  answer(by, std::move(present), effects);
}

void Hub::ask(const Asker& by, const SetAway& set, Effects& effects) {
  const auto known = members_.find(*by.session.member);
  for (const SessionId id : known->second) sessions_.at(id).away = set.note;
  answer(by, AwaySet{set.note}, effects);
}

void Hub::take_member_nick(const Asker& by, const TakeNick& take, Effects& effects) {
  const MemberKey& key = *by.session.member;
  const Record record = NickBound{key, take.nick};
  const bool is_guests = nicks_.contains(take.nick.key);
  switch (is_guests ? Registry::Proposed::kRefused : registry_.propose(record)) {
    case Registry::Proposed::kReserved:
      if (const auto wait = registry_.count_rename(key, by.now)) {
        registry_.withdraw(record);
        return refuse(by, TooManyRenames{*wait}, effects);
      }
      return wait_for({by.id, record, take, by.tag}, effects);
    case Registry::Proposed::kRefused:
      return refuse(by, why_not(registry_.binding(key, take.nick), take.nick), effects);
    case Registry::Proposed::kHolds:
      break;
  }
  for (const SessionId id : members_.at(key)) sessions_.at(id).nick = take.nick;
  answer(by, NickTaken{by.session.shown()}, effects);
}

}  // namespace palabre::chat
