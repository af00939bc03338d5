#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <variant>

#include "chat/hub.h"

// Nicknames and registry records.

namespace palabre::chat {
namespace {

/// Whether `later` may undo `earlier`, so that `earlier` must be kept again after it.
bool is_undone_by(const Record& later, const Record& earlier) {
  const auto* bound = std::get_if<NickBound>(&later);
  const auto* bound_before = std::get_if<NickBound>(&earlier);
  if (bound != nullptr && bound_before != nullptr) return bound->key == bound_before->key;
  const auto* blocked = std::get_if<Blocked>(&later);
  const auto* blocked_before = std::get_if<Blocked>(&earlier);
  if (blocked != nullptr && blocked_before != nullptr) {
    return blocked->by == blocked_before->by && blocked->whom == blocked_before->whom;
  }
  const auto* fact = std::get_if<RoomFact>(&later);
  const auto* fact_before = std::get_if<RoomFact>(&earlier);
  return fact != nullptr && fact_before != nullptr && fact->room == fact_before->room &&
         fact->fact.index() == fact_before->fact.index();
}

}  // namespace

void Hub::on(const RecordKept& kept, Instant now, Effects& effects) {
  // A record that changes nothing lost the race to an earlier one. Its waiting requests are
  // answered from the current state.
  const auto* const named = std::get_if<NickBound>(&kept.record);
  const bool was_member = named != nullptr && registry_.nick_of(named->key);
  Outcome outcome{kept.number};
  outcome.removes_on = kept.removes_on;
  const auto* const decision = std::get_if<Decision>(&kept.record);
  if (decision != nullptr) outcome.swept = look_at(decision->act);
  if (const auto* const undone = std::get_if<Undone>(&kept.record)) {
    const auto* const entry = registry_.decisions().find(undone->decision);
    if (entry != nullptr) outcome.over = entry->decision;
  }
  if (!is_registry_read_) charge(kept, now);
  const bool is_new =
      registry_.apply(kept.record, kept.number, kept.kept_at, kept.from) && is_registry_read_;
  if (is_new) note(kept.record, was_member, effects);
  if (const auto* bound = std::get_if<NickBound>(&kept.record)) {
    take_from_guest(bound->nick, effects);
    show_by_nick(bound->key);
  }
  if (const auto* opened = std::get_if<DirectOpened>(&kept.record)) {
    show_direct_room(*opened, effects);
  }
  const auto* const blocked = std::get_if<Blocked>(&kept.record);
  if (blocked != nullptr && is_new) show_block(*blocked, effects);
  const auto* const trial = std::get_if<TrialEnded>(&kept.record);
  if (trial != nullptr && is_new && !trial->stays) {
    // It may have come while the record was being kept.
    for (const SessionId id : sessions_of(trial->key)) {
      depart(id, Farewell{Farewell::Why::kForgotten}, now, effects);
    }
  }
  const auto* const fact = std::get_if<RoomFact>(&kept.record);
  if (fact != nullptr && is_new) show_fact(*fact, effects);
  if (is_new && outcome.over) end(*outcome.over, effects);
  if (is_new) note_decision(kept.record, outcome, effects);
  const std::vector<Waiting> waiting = take_waiting(kept.record);
  if (decision != nullptr && is_new) {
    outcome.hit = enforce(*decision, now, effects);
    std::ranges::move(sweep(outcome.swept, *decision, now, effects),
                      std::back_inserter(outcome.hit));
  }
  const auto* const founded = std::get_if<RoomFounded>(&kept.record);
  if (founded != nullptr && !founded->by) {
    const auto open = rooms_by_name_.find(founded->room.text);
    if (open != rooms_by_name_.end()) rooms_.at(open->second).has_no_founder();
  }
  for (const Waiting& one : waiting) go_on(one, outcome, now, effects);
}

/// Decisions made on the machine are left out: the control service logs them.
void Hub::note_decision(const Record& record, const Outcome& outcome, Effects& effects) const {
  const auto* const decision = std::get_if<Decision>(&record);
  const auto* const undone = std::get_if<Undone>(&record);
  const auto by = decision != nullptr ? decision->by
                  : undone != nullptr ? undone->by
                                      : std::nullopt;
  if (!by) return;
  Noted noted;
  noted.what = decision != nullptr ? Noted::What::kDecided : Noted::What::kTookBack;
  noted.key = *by;
  noted.decision = decision != nullptr ? *decision : outcome.over;
  if (!noted.decision) return;
  if (const auto nick = registry_.nick_of(*by)) noted.nick = nick->shown;
  if (const auto whom = whom_of(noted.decision->act)) noted.whom = shown(*whom, true);
  if (const auto room = scope_of(noted.decision->act)) noted.room = *room;
  effects.push_back(std::move(noted));
}

void Hub::on(const RecordNotKept& not_kept, Instant /*now*/, Effects& effects) {
  registry_.withdraw(not_kept.record);
  for (const Waiting& waiting : take_waiting(not_kept.record)) {
    refuse(waiting, NotRecorded{not_kept.trouble}, effects);
  }
}

void Hub::refuse(const Waiting& waiting, Refusal refusal, Effects& effects) {
  if (const auto* by = std::get_if<Operator>(&waiting.what)) {
    answer(*by, Refused{std::move(refusal)}, effects);
  } else if (const auto* ruling = std::get_if<Ruling>(&waiting.what)) {
    answer(ruling->by, Refused{std::move(refusal)}, effects);
  } else {
    effects.push_back(Tell{waiting.session, Refused{std::move(refusal)}, waiting.tag});
  }
}

void Hub::wait_for(Waiting waiting, Effects& effects) {
  const auto waits = std::count_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
    return one.session == waiting.session;
  });
  if (static_cast<std::size_t>(waits) >= limits_.records_of_session) {
    registry_.withdraw(waiting.record);
    return refuse(waiting, TooFast{}, effects);
  }
  if (is_being_kept(waiting.record)) {
    registry_.withdraw(waiting.record);  // proposed twice, kept once
  } else {
    effects.push_back(KeepRecord{waiting.record, origin_of(waiting)});
  }
  waiting_.push_back(std::move(waiting));
}

std::optional<Network> Hub::origin_of(const Waiting& waiting) const {
  const auto* const arrive = std::get_if<Arrive>(&waiting.what);
  const auto session = sessions_.find(waiting.session);
  const Identity* const by = arrive != nullptr            ? &arrive->identity
                             : session != sessions_.end() ? &session->second.identity
                                                          : nullptr;
  if (by == nullptr || by->reach != Reach::kPublic) return std::nullopt;
  return Network::around(by->ip, 32, 64);
}

void Hub::charge(const RecordKept& kept, Instant now) {
  if (!kept.from) return;
  const Duration age =
      std::chrono::microseconds(wall(now).microseconds - kept.kept_at.microseconds);
  if (age >= Budgets::kLongest) return;
  const Instant at = now - std::max(age, Duration{});  // the clock may have been set back
  Identity by{{}, std::nullopt, kept.from->ip, Reach::kPublic};
  if (const auto* const bound = std::get_if<NickBound>(&kept.record)) {
    by.key = bound->key;
    budgets_.charge(registry_.nick_of(bound->key) ? Good::kNick : Good::kKey, by, at);
    return;
  }
  const auto* const opened = std::get_if<DirectOpened>(&kept.record);
  if (opened == nullptr || registry_.direct(opened->a, opened->b) != Registry::Direct::kNone)
    return;
  by.key = opened->a;
  budgets_.charge(Good::kDirect, by, at);
}

bool Hub::is_being_kept(const Record& record) const {
  for (auto one = waiting_.rbegin(); one != waiting_.rend(); ++one) {
    if (one->record == record) return true;
    if (is_undone_by(one->record, record)) return false;
  }
  return false;
}

void Hub::note(const Record& record, bool was_member, Effects& effects) const {
  Noted noted;
  if (const auto* bound = std::get_if<NickBound>(&record)) {
    noted.what = was_member ? Noted::What::kRenamed : Noted::What::kNewMember;
    noted.key = bound->key;
  } else if (const auto* used = std::get_if<InviteUsed>(&record)) {
    noted.what = Noted::What::kAdmitted;
    noted.key = used->by;
    noted.room = registry_.check_invite(used->hash, used->by, {}).room;
    noted.invite = used->hash;
  } else {
    return;
  }
  const auto nick = registry_.nick_of(noted.key);
  if (nick) noted.nick = nick->shown;
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting& one) { return one.record == record; });
  if (waiting != waiting_.end()) {
    const auto* const arrive = std::get_if<Arrive>(&waiting->what);
    const auto session = sessions_.find(waiting->session);
    noted.address = arrive != nullptr            ? arrive->identity.address
                    : session != sessions_.end() ? session->second.identity.address
                                                 : "";
  }
  effects.push_back(std::move(noted));
}

/// Those that wait for this record. Later ones of an equal record, behind one that undoes it, wait
/// for another.
std::vector<Hub::Waiting> Hub::take_waiting(const Record& record) {
  std::vector<Waiting> taken;
  std::vector<Waiting> others;
  bool is_over = false;
  for (Waiting& one : waiting_) {
    is_over =
        is_over || (one.record != record && !taken.empty() && is_undone_by(one.record, record));
    (one.record == record && !is_over ? taken : others).push_back(std::move(one));
  }
  waiting_ = std::move(others);
  return taken;
}

void Hub::go_on(const Waiting& waiting, const Outcome& outcome, Instant now, Effects& effects) {
  if (const auto* by = std::get_if<Operator>(&waiting.what)) return answer(*by, Done{}, effects);
  if (const auto* ruling = std::get_if<Ruling>(&waiting.what)) {
    const bool is_there = !ruling->by.is_session || sessions_.contains(ruling->by.by);
    if (is_there) go_on(*ruling, waiting, outcome, effects);
    return;
  }
  if (const auto* arrive = std::get_if<Arrive>(&waiting.what)) {
    if (is_full_of_members()) {
      effects.push_back(Tell{waiting.session, Refused{no_place_for_members()}, waiting.tag});
      return;
    }
    if (const auto nick = registry_.nick_of(*arrive->identity.key)) {
      return come_online(*arrive, *nick, now, effects);
    }
    if (std::holds_alternative<InviteUsed>(waiting.record)) {
      return arrive_as_member(*arrive, now, effects);
    }
    effects.push_back(Tell{waiting.session, Refused{NickInUse{arrive->nick->shown}}, waiting.tag});
    return;
  }
  const auto found = sessions_.find(waiting.session);
  if (found == sessions_.end()) return;
  bool is_refused = false;
  const Asker by{waiting.session, found->second, now, waiting.tag, is_refused};
  if (const auto* join = std::get_if<Join>(&waiting.what)) return go_on(by, *join, effects);
  if (const auto* contact = std::get_if<Contact>(&waiting.what)) {
    return answer(by, done(*contact), effects);
  }
  if (const auto* fact = std::get_if<RoomFact>(&waiting.what)) {
    return answer(by, changed_by(by.session, *fact), effects);
  }
  take_member_nick(by, std::get<TakeNick>(waiting.what), effects);
}

void Hub::ask(const Asker& by, const TakeNick& take, Effects& effects) {
  if (!is_registry_read_) return refuse(by, StillStarting{}, effects);
  if (by.session.key()) return take_member_nick(by, take, effects);
  if (!take_nick(by.id, by.session, take.nick)) {
    const bool is_ours = is_reserved(take.nick) && !registry_.owner_of(take.nick.key);
    return refuse(by, NickInUse{take.nick.shown, is_ours}, effects);
  }
  answer(by, NickTaken{by.session.shown()}, effects);
}

bool Hub::take_nick(SessionId id, Session& guest, const Nick& nick) {
  if (registry_.owner_of(nick) || is_reserved(nick)) return false;
  const auto [holder, was_free] = nicks_.try_emplace(nick.key, id);
  if (!was_free && holder->second != id) return false;
  if (guest.nick && guest.nick->key != nick.key) nicks_.erase(guest.nick->key);
  guest.nick = nick;
  return true;
}

bool Hub::is_reserved(const Nick& nick) const {
  const std::string& prefix = access_.reserved_prefix;
  return access_.reserved_nicks.contains(nick.key) ||
         (!prefix.empty() && nick.key.starts_with(prefix));
}

bool Hub::is_reserved(const MemberKey& by, const Nick& nick) const {
  return is_reserved(nick) && registry_.owner_of(nick) != by;
}

void Hub::take_from_guest(const Nick& nick, Effects& effects) {
  const auto holder = nicks_.find(nick.key);
  if (holder == nicks_.end()) return;
  sessions_.at(holder->second).nick.reset();
  effects.push_back(Tell{holder->second, Refused{NickInUse{nick.shown}}});
  nicks_.erase(holder);
}

/// The nickname may have been taken on another device, or at another server.
void Hub::show_by_nick(const MemberKey& key) {
  const auto known = members_.find(key);
  if (known == members_.end()) return;
  for (const SessionId id : known->second) sessions_.at(id).nick = registry_.nick_of(key);
}

void Hub::take_member_nick(const Asker& by, const TakeNick& take, Effects& effects) {
  const MemberKey& key = *by.session.key();
  const Record record = NickBound{key, take.nick};
  if (is_reserved(key, take.nick)) return refuse(by, NickInUse{take.nick.shown, true}, effects);
  const bool is_anothers = nicks_.contains(take.nick.key);
  switch (is_anothers ? Registry::Proposed::kRefused : registry_.propose(record)) {
    case Registry::Proposed::kReserved:
      if (const auto wait = registry_.count_rename(key, by.now)) {
        registry_.withdraw(record);
        return refuse(by, TooManyRenames{*wait}, effects);
      }
      if (const auto wait = budgets_.take(Good::kNick, by.session.identity, by.now)) {
        registry_.withdraw(record);
        return refuse(by, TooMuchTaken{Good::kNick, *wait}, effects);
      }
      return wait_for({by.id, record, take, by.tag}, effects);
    case Registry::Proposed::kRefused:
      return refuse(by, registry_.why_not(key, take.nick), effects);
    case Registry::Proposed::kHolds:
      break;
  }
  answer(by, NickTaken{by.session.shown()}, effects);
}

void Hub::ask(const Asker& by, const SetAway& set, Effects& effects) {
  if (!by.session.key()) return refuse(by, MembersOnly{"/away"}, effects);
  for (const SessionId id : members_.at(*by.session.key())) sessions_.at(id).away = set.note;
  answer(by, AwaySet{set.note}, effects);
}

}  // namespace palabre::chat
