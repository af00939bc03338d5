#include <algorithm>
#include <utility>

#include "chat/direct_room.h"
#include "chat/hub.h"

// Arrival and departure.

namespace palabre::chat {

void Hub::on(const Arrive& arrive, Instant now, Effects& effects) {
  if (arrive.evicts && sessions_.contains(*arrive.evicts)) {
    depart(*arrive.evicts, std::nullopt, now, effects);
  }
  if (sessions_.contains(arrive.session)) return;
  if (arrive.identity.key) return arrive_as_member(arrive, now, effects);
  arrive_as_guest(arrive, now, effects);
}

void Hub::arrive_as_guest(const Arrive& arrive, Instant now, Effects& effects) {
  const auto no = [&](Refusal refusal) {
    effects.push_back(Tell{arrive.session, Refused{std::move(refusal)}, arrive.tag});
    effects.push_back(Gone{arrive.session});
  };
  if (guests_ >= limits_.guests) return no(ServerFull{limits_.guests});
  const RoomName lobby{std::string(kLobby)};
  const auto* const ban = registry_.decisions().find<Ban>(arrive.identity, lobby);
  if (ban != nullptr && !arrive.caps.many_rooms) {
    return no(banned_by(ban->decision, lobby.text, now));
  }
  ++guests_;
  Session& guest = add_session(arrive, now);
  if (arrive.caps.many_rooms) {
    effects.push_back(
        Tell{arrive.session, LoggedIn{guest.shown(), {}, limits_.line_bytes}, arrive.tag});
  } else {
    find_place(arrive.session, guest, now, effects);
  }
  carry_out(arrive.session, arrive.requests, arrive.tag, now, effects);
}

Session& Hub::add_session(const Arrive& arrive, Instant now) {
  Session& session = sessions_[arrive.session];
  session.identity = arrive.identity;
  session.caps = arrive.caps;
  session.epoch = arrive.caps.ordered_posts ? 1 : 0;
  session.asked_at = now;
  if (!arrive.caps.connection) idle_.heard(arrive.session, now);
  return session;
}

void Hub::find_place(SessionId id, Session& session, Instant now, Effects& effects) {
  auto place = absent_.recall(session.identity.address, now);
  if (place && registry_.decisions().find<Ban>(session.identity, place->room) != nullptr) {
    place->room = RoomName{std::string(kLobby)};
  }
  // A returning guest gets its room even beyond the limit of rooms: its next message is meant for
  // there.
  const RoomId room = open(place ? place->room : RoomName{std::string(kLobby)}, effects);
  enter(id, session, room, {}, effects);
  Welcome welcome;
  welcome.room = rooms_.at(room).name();
  welcome.others = others_in(room);
  welcome.back = place.has_value();
  welcome.promise = promise_of(room);
  welcome.facts = registry_.facts_of(welcome.room);
  if (place && place->nick && !session.key()) {
    if (take_nick(id, session, *place->nick)) {
      welcome.nick = session.shown();
    } else {
      welcome.lost_nick = place->nick->shown;
    }
  }
  effects.push_back(Tell{id, std::move(welcome)});
}

void Hub::arrive_as_member(const Arrive& arrive, Instant now, Effects& effects) {
  // The client may retry the login, so its session does not end here.
  const auto refuse_login = [&](Refusal refusal) {
    effects.push_back(Tell{arrive.session, Refused{std::move(refusal)}, arrive.tag});
  };
  if (is_full_of_members()) return refuse_login(no_place_for_members());
  if (!is_registry_read_) {
    if (early_.size() >= limits_.members) return refuse_login(no_place_for_members());
    early_.push_back(arrive);
    return;
  }
  const MemberKey& key = *arrive.identity.key;
  if (const auto* const ban = registry_.decisions().find<Ban>(arrive.identity)) {
    return refuse_login(banned_by(ban->decision, {}, now));
  }
  if (const auto nick = registry_.nick_of(key)) return come_online(arrive, *nick, now, effects);
  const bool needs_invite = !may_register(key);
  if (needs_invite && !brings_invite(arrive, now)) {
    return refuse_login(NotRegistered{access_.registration, key});
  }
  if (!arrive.nick) return refuse_login(NickMissing{});
  const bool is_ours = is_reserved(key, *arrive.nick);
  if (is_ours || nicks_.contains(arrive.nick->key)) {
    return refuse_login(NickInUse{arrive.nick->shown, is_ours});
  }
  // With the use of its invite kept, the login goes on.
  const Record record =
      needs_invite ? Record(InviteUsed{*arrive.invite, key}) : Record(NickBound{key, *arrive.nick});
  if (registry_.propose(record) != Registry::Proposed::kReserved) {
    return refuse_login(needs_invite ? NotRecorded{Trouble::kRegistryFull}
                                     : registry_.why_not(key, *arrive.nick));
  }
  const auto wait = needs_invite ? std::nullopt : budgets_.take(Good::kKey, arrive.identity, now);
  if (wait) {
    registry_.withdraw(record);
    return refuse_login(TooMuchTaken{Good::kKey, *wait});
  }
  wait_for({arrive.session, record, arrive, arrive.tag}, effects);
}

bool Hub::may_register(const MemberKey& key) const {
  if (access_.registration == Registration::kOpen) return true;
  if (access_.registration == Registration::kInvited && registry_.has_admission(key)) return true;
  return registry_.decisions().find<Approve>(Identity{{}, key}) != nullptr;
}

bool Hub::brings_invite(const Arrive& arrive, Instant now) const {
  using What = Registry::InviteCheck::What;
  return access_.registration == Registration::kInvited && arrive.invite &&
         registry_.check_invite(*arrive.invite, *arrive.identity.key, wall(now)).what ==
             What::kGood;
}

void Hub::on(const RegistryRead& /*read*/, Instant now, Effects& effects) {
  is_registry_read_ = true;
  for (const auto& [number, entry] : registry_.decisions().in_force()) {
    // Nobody is online whom a kick would concern; facts are shown below.
    if (std::holds_alternative<Ban>(entry.decision.act)) enforce(entry.decision, now, effects);
  }
  show_facts(effects);
  for (const Arrive& arrive : std::exchange(early_, {})) on(arrive, now, effects);
}

void Hub::come_online(const Arrive& arrive, const Nick& nick, Instant now, Effects& effects) {
  const MemberKey& key = *arrive.identity.key;
  make_place(key, now, effects);
  Session& session = add_session(arrive, now);
  session.nick = nick;
  members_[key].push_back(arrive.session);
  if (registry_.decisions().find<MarkBot>(arrive.identity) != nullptr) {
    effects.push_back(SetPace{arrive.session, true});
  }
  if (arrive.caps.many_rooms) {
    const auto requests = registry_.requests_to(key);
    effects.push_back(
        Tell{arrive.session,
             LoggedIn{nick.shown, shown_first(registry_.direct_rooms_of(key), kMostDirects),
                      limits_.line_bytes, shown_first(requests, kMostRequests), requests.size()},
             arrive.tag});
  } else {
    find_place(arrive.session, session, now, effects);
  }
  carry_out(arrive.session, arrive.requests, arrive.tag, now, effects);
}

/// A device that lost its connection returns before its old session has ended.
void Hub::make_place(const MemberKey& member, Instant now, Effects& effects) {
  const auto known = members_.find(member);
  if (known == members_.end() || known->second.size() < limits_.sessions_of_member) return;
  depart(known->second.front(), Farewell{Farewell::Why::kReplaced}, now, effects);
}

void Hub::on(const HungUp& hung_up, Instant now, Effects& effects) {
  const auto is_its = [&](const auto& one) { return one.session == hung_up.session; };
  std::erase_if(early_, is_its);
  std::erase_if(waiting_, is_its);
  if (sessions_.contains(hung_up.session)) depart(hung_up.session, std::nullopt, now, effects);
}

void Hub::on(const Moved& moved, Instant /*now*/, Effects& /*effects*/) {
  const auto found = sessions_.find(moved.session);
  const auto move = [&](Identity& identity) {
    identity.address = moved.address;
    identity.ip = moved.ip;
    identity.reach = moved.reach;
    identity.is_exempt = moved.is_exempt;
  };
  if (found != sessions_.end()) move(found->second.identity);
  for (Arrive& early : early_) {
    if (early.session == moved.session) move(early.identity);
  }
  for (Waiting& waiting : waiting_) {
    auto* const arrive = std::get_if<Arrive>(&waiting.what);
    if (arrive != nullptr && waiting.session == moved.session) move(arrive->identity);
  }
}

void Hub::depart(SessionId id, const std::optional<Farewell>& why, Instant now, Effects& effects,
                 Tag tag) {
  const auto found = sessions_.find(id);
  Session& session = found->second;
  const RoomName room = session.rooms.empty() ? RoomName{} : rooms_.at(session.rooms[0]).name();
  for (const RoomId left : session.rooms) leave(id, left, effects);
  if (why) effects.push_back(Tell{id, *why, tag});
  effects.push_back(Gone{id});
  if (!session.caps.many_rooms) remember(session, room, now);
  idle_.forget(id);
  std::erase_if(waiting_, [&](const Waiting& one) { return one.session == id; });
  if (session.key()) {
    forget_member(id, *session.key());
  } else {
    --guests_;
    forget_nick(id, session);
  }
  sessions_.erase(found);
}

void Hub::remember(const Session& session, const RoomName& room, Instant now) {
  const auto nick = session.key() ? std::nullopt : session.nick;
  if (!nick && room.text == kLobby) return;
  absent_.remember(session.identity.address, AbsentGuests::Place{room, nick}, now);
}

void Hub::forget_nick(SessionId id, const Session& session) {
  const auto nick = session.nick ? nicks_.find(session.nick->key) : nicks_.end();
  if (nick != nicks_.end() && nick->second == id) nicks_.erase(nick);
}

void Hub::forget_member(SessionId id, const MemberKey& member) {
  const auto known = members_.find(member);
  std::erase(known->second, id);
  if (known->second.empty()) members_.erase(known);
}

}  // namespace palabre::chat
