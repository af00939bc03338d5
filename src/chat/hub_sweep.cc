#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "chat/direct_room.h"
#include "chat/hub.h"

// The consequences for those online when members and rooms are forgotten, and all that somebody has
// done is taken back.

namespace palabre::chat {

Act Hub::undo_by(const Ruling& ruling) const {
  UndoBy undo;
  if (const auto& since = ruling.order.since) {
    const std::int64_t now = wall(ruling.by.now).microseconds / kMicrosecondsPerSecond;
    undo.since = std::max<std::int64_t>(now - since->count(), 0);
  }
  const auto* const key = std::get_if<MemberKey>(&*ruling.whom);
  if (key != nullptr) {
    undo.by = *key;
  } else {
    undo.by = std::get<Network>(*ruling.whom);
  }
  return undo;
}

Hub::Swept Hub::look_at(const Act& act) const {
  Swept swept{registry_.sweep_of(act)};
  for (const Number number : swept.sweep.decisions) {
    swept.decisions.push_back(registry_.decisions().find(number)->decision);
  }
  if (swept.sweep.members.empty()) return swept;
  for (const auto& [id, room] : rooms_) {
    for (const SessionId present : room.present()) {
      const Session& session = sessions_.at(present);
      const auto other = session.key() ? other_in(room.name(), *session.key()) : std::nullopt;
      if (!other || !std::ranges::binary_search(swept.sweep.members, *other)) continue;
      swept.for_two.push_back({id, present, name_for(session, room.name())});
    }
  }
  std::ranges::sort(swept.for_two, {}, [](const Swept::PairRoom& one) {
    return std::pair(one.room, one.session);  // deterministic, whatever the hash
  });
  return swept;
}

std::vector<Hub::Hit> Hub::sweep(const Swept& swept, const Decision& decision, Instant now,
                                 Effects& effects) {
  for (const Decision& over : swept.decisions) end(over, effects);
  for (const RoomName& room : swept.sweep.topics) show_fact({room, Topic{}}, effects);
  if (swept.sweep.room) {
    const auto open = rooms_by_name_.find(swept.sweep.room->text);
    if (open != rooms_by_name_.end()) rooms_.at(open->second).has_no_founder();
  }
  for (const RoomName& room : swept.sweep.founded) {
    const auto open = rooms_by_name_.find(room.text);
    if (open != rooms_by_name_.end()) rooms_.at(open->second).has_no_founder();
  }
  std::vector<Hit> hit;
  for (const MemberKey& key : swept.sweep.members) {
    for (const SessionId id : sessions_of(key)) {
      const Session& session = sessions_.at(id);
      hit.push_back({session.shown(), session.shown_with_address()});
      depart(id, Farewell{Farewell::Why::kForgotten, decision.why}, now, effects);
    }
  }
  for (const auto& [room, session, shown] : swept.for_two) {
    const auto there = sessions_.find(session);
    if (there == sessions_.end() || !there->second.is_in(room)) continue;
    put_out_of(room, session, {shown, "Its other member was removed from this server."}, effects);
  }
  if (swept.sweep.members.empty()) return hit;
  // A room in which nothing is kept yet has a founder, too.
  for (auto& [id, room] : rooms_) {
    const auto& founder = room.founder();
    const bool is_gone = founder && std::ranges::binary_search(swept.sweep.members, *founder);
    if (is_gone) room.has_no_founder();
  }
  return hit;
}

void Hub::end_trials(Instant now, Effects& effects) {
  if (!is_registry_read_) return;
  constexpr std::size_t kMostAtOnce = 64;  // a second
  std::size_t ended = 0;
  for (const MemberKey& key : registry_.overdue(wall(now))) {
    if (members_.contains(key)) continue;
    const Record record = TrialEnded{key, false};
    if (registry_.propose(record) != Registry::Proposed::kReserved) continue;
    effects.push_back(KeepRecord{record});
    if (++ended == kMostAtOnce) return;
  }
}

void Hub::keep_member(const MemberKey& key, Effects& effects) {
  const Record record = TrialEnded{key, true};
  if (registry_.propose(record) != Registry::Proposed::kReserved) return;
  effects.push_back(KeepRecord{record});
}

bool Hub::count_removed(Waiting& waiting, const Decision& decision, const Removed& removed) {
  const bool is_of_many = std::holds_alternative<UndoBy>(decision.act) ||
                          std::holds_alternative<ForgetRoom>(decision.act);
  if (!is_of_many) return false;
  waiting.messages += removed.numbers.size();
  if (waiting.last_room != removed.room) ++waiting.rooms;
  waiting.last_room = removed.room;
  return true;
}

TakenBack Hub::taken_back(const Waiting& waiting, const Outcome& outcome) {
  const Registry::Sweep& sweep = outcome.swept.sweep;
  return {waiting.messages,    waiting.rooms,        outcome.removes_on,  sweep.decisions.size(),
          sweep.topics.size(), sweep.founded.size(), sweep.members.size()};
}

}  // namespace palabre::chat
