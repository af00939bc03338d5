#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "chat/hub.h"

// The consequences of decisions for the sessions online, and the end of decisions.

namespace palabre::chat {

std::vector<SessionId> Hub::sessions_of(const Whom& whom) const {
  std::vector<SessionId> found;
  if (const auto* const key = std::get_if<MemberKey>(&whom)) {
    const auto online = members_.find(*key);
    if (online != members_.end()) found = online->second;
  } else {
    const auto* const network = std::get_if<Network>(&whom);
    const auto* const guest = std::get_if<GuestAt>(&whom);
    for (const auto& [id, session] : sessions_) {
      const bool is_it = network != nullptr
                             ? network->contains(session.identity.ip)
                             : !session.key() && session.identity.address == guest->address;
      if (is_it) found.push_back(id);
    }
  }
  std::sort(found.begin(), found.end());  // deterministic, whatever the hash
  return found;
}

std::vector<Hub::Hit> Hub::enforce(const Decision& decision, Instant now, Effects& effects) {
  const auto whom = whom_of(decision.act);
  const bool is_ban = std::holds_alternative<Ban>(decision.act);
  const bool puts_out = is_ban || std::holds_alternative<Kick>(decision.act) ||
                        std::holds_alternative<Expel>(decision.act);
  const auto* const network = whom ? std::get_if<Network>(&*whom) : nullptr;
  if (is_ban && network != nullptr && !scope_of(decision.act)) {
    const auto left = time_left(decision.until, now);
    effects.push_back(NetworkBanned{*network, left ? now + *left : Instant::max()});
  }
  if (const auto* const rule = std::get_if<Rule>(&decision.act)) {
    show_fact({rule->room, rule->fact}, effects);
  }
  std::vector<Hit> hit;
  if (std::holds_alternative<MarkBot>(decision.act)) set_pace(*whom, true, effects);
  if (!puts_out || !whom) return hit;
  for (const SessionId id : sessions_of(*whom)) {
    const Session& session = sessions_.at(id);
    Hit one{session.shown(), session.shown_with_address()};  // the session may end now
    if (put_out(id, decision, now, effects)) hit.push_back(std::move(one));
  }
  return hit;
}

bool Hub::put_out(SessionId id, const Decision& decision, Instant now, Effects& effects) {
  const bool is_ban = std::holds_alternative<Ban>(decision.act);
  const auto name = scope_of(decision.act);
  Session& session = sessions_.at(id);
  const auto leave_all = [&] {
    depart(id, Farewell{is_ban ? Farewell::Why::kBanned : Farewell::Why::kKicked, decision.why},
           now, effects);
    return true;
  };
  if (!name) return leave_all();
  const auto open = rooms_by_name_.find(name->text);
  if (open == rooms_by_name_.end() || !session.is_in(open->second)) return false;
  if (!session.caps.many_rooms && name->text == kLobby) return leave_all();
  put_out_of(open->second, id, {name_for(session, *name), decision.why}, effects);
  return true;
}

void Hub::put_out_of(RoomId room, SessionId id, const PutOut& why, Effects& effects) {
  Session& session = sessions_.at(id);
  session.order_hold.give_up(room);
  std::erase(session.rooms, room);
  std::erase(session.put_in, room);
  leave(id, room, effects);
  if (session.caps.many_rooms) {
    effects.push_back(Tell{id, HasLeft{room, why}});
    return;
  }
  effects.push_back(Tell{id, Refused{why}});
  const RoomId lobby = this->open(RoomName{std::string(kLobby)}, effects);
  enter(id, session, lobby, {}, effects);
  effects.push_back(Tell{id, joined_to(session, lobby)});
}

void Hub::set_pace(const Whom& bot, bool is_bot, Effects& effects) const {
  for (const SessionId id : sessions_of(bot)) effects.push_back(SetPace{id, is_bot});
}

void Hub::end(const Decision& decision, Effects& effects) {
  if (const auto* const bot = std::get_if<MarkBot>(&decision.act)) {
    set_pace(bot->whom, false, effects);
  }
  const auto* const ban = std::get_if<Ban>(&decision.act);
  if (ban != nullptr && !ban->room) {
    if (const auto* const network = std::get_if<Network>(&ban->whom)) {
      effects.push_back(NetworkBanned{*network, std::nullopt});
    }
  }
  if (const auto* const rule = std::get_if<Rule>(&decision.act)) {
    const RoomFacts& facts = registry_.facts_of(rule->room);
    const Fact now = std::visit([&](const auto& one) -> Fact { return one.of(facts); }, rule->fact);
    show_fact({rule->room, now}, effects);
  }
}

void Hub::expire_decisions(Instant now, Effects& effects) {
  for (const Decision& decision : registry_.expire(wall(now))) end(decision, effects);
}

void Hub::on(const WallClock& clock, Instant now, Effects& effects) {
  wall_at_ = clock.at;
  wall_since_ = now;
  end_trials(now, effects);
}

WallTime Hub::wall(Instant now) const {
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - wall_since_);
  return {wall_at_.microseconds + passed.count()};
}

std::optional<std::chrono::seconds> Hub::time_left(Expiry until, Instant now) const {
  if (until.seconds == 0) return std::nullopt;
  const std::int64_t second = wall(now).microseconds / kMicrosecondsPerSecond;
  return std::chrono::seconds(std::max<std::int64_t>(until.seconds - second, 0));
}

Banned Hub::banned_by(const Decision& decision, std::string room, Instant now) const {
  const bool is_everywhere = !scope_of(decision.act);
  return {is_everywhere ? "" : std::move(room), time_left(decision.until, now), decision.why};
}

/// The member who opened a room becomes its operator for good with the first message that is kept.
void Hub::found(const Advanced& advanced, Effects& effects) {
  const auto room = rooms_.find(advanced.room);
  if (room == rooms_.end() || !room->second.founder()) return;
  const Record record = RoomFounded{room->second.name(), room->second.founder()};
  if (registry_.propose(record) == Registry::Proposed::kReserved) {
    effects.push_back(KeepRecord{record});
  }
}

}  // namespace palabre::chat
