#include <algorithm>
#include <utility>
#include <variant>

#include "chat/direct_room.h"
#include "chat/registry.h"

// Members and rooms that are forgotten, the end of all that somebody has done, and trials.

namespace palabre::chat {
namespace {

WallTime time_of(std::int64_t seconds) { return {seconds * kMicrosecondsPerSecond}; }

bool is_about_one_of(const Decision& decision, const std::vector<MemberKey>& members) {
  const auto* const appoint = std::get_if<Appoint>(&decision.act);
  const auto* const bot = std::get_if<MarkBot>(&decision.act);
  if (appoint == nullptr && bot == nullptr) return false;
  return std::ranges::binary_search(members, appoint != nullptr ? appoint->whom : bot->whom);
}

/// Whether the owner of a topic is a guest of the network.
bool is_guest_of(const std::string& owner, const Network& network) {
  const auto guest = Network::parse(owner);
  return guest && network.contains(*guest);
}

}  // namespace

Registry::Sweep Registry::sweep_of(const Act& act) const {
  Sweep sweep;
  if (const auto* const undo = std::get_if<UndoBy>(&act)) {
    const WallTime since = time_of(undo->since);
    const auto* const key = std::get_if<MemberKey>(&undo->by);
    if (key != nullptr) {
      add_done_by({*key}, since, sweep);
    } else {
      const auto& network = std::get<Network>(undo->by);
      add_done_by(registered_from(network, since), since, sweep);
      for (const auto& [room, set] : topics_) {
        const bool is_its = set.at >= since && is_guest_of(set.owner, network);
        if (is_its) sweep.topics.push_back(room);
      }
    }
  } else if (const auto* const gone = std::get_if<Forget>(&act)) {
    if (members_.contains(gone->whom)) add_member(gone->whom, sweep);
    for (const auto& [number, entry] : decisions_.in_force()) {
      if (is_about_one_of(entry.decision, sweep.members)) sweep.decisions.push_back(number);
    }
  } else if (const auto* const empty = std::get_if<ForgetRoom>(&act)) {
    sweep.room = empty->room;
    if (topics_.contains(empty->room)) sweep.topics.push_back(empty->room);
    if (founders_.contains(empty->room)) sweep.founded.push_back(empty->room);
    for (const auto& [number, entry] : decisions_.in_force()) {
      const Act& decided = entry.decision.act;
      const bool ends =
          std::holds_alternative<Rule>(decided) || std::holds_alternative<Appoint>(decided);
      if (ends && scope_of(decided) == empty->room) sweep.decisions.push_back(number);
    }
  }
  return sweep;
}

void Registry::add_member(const MemberKey& key, Sweep& sweep) const {
  sweep.members.push_back(key);
  const auto rooms = founded_by(key);
  sweep.founded.insert(sweep.founded.end(), rooms.begin(), rooms.end());
}

void Registry::add_done_by(const std::set<MemberKey>& keys, WallTime since, Sweep& sweep) const {
  std::set<std::string> owners;
  for (const MemberKey& key : keys) {  // in order, so `Sweep::members` is sorted
    owners.insert("@" + to_hex(key));
    const auto member = members_.find(key);
    if (member != members_.end() && member->second.since >= since) {
      add_member(key, sweep);
      continue;
    }
    for (RoomName& room : founded_by(key)) {
      if (founders_.at(room).at >= since) sweep.founded.push_back(std::move(room));
    }
  }
  for (const auto& [room, set] : topics_) {
    if (set.at >= since && owners.contains(set.owner)) sweep.topics.push_back(room);
  }
  for (const auto& [number, entry] : decisions_.in_force()) {
    const auto& by = entry.decision.by;
    const bool is_theirs = by && entry.at >= since && keys.contains(*by);
    if (is_theirs || is_about_one_of(entry.decision, sweep.members)) {
      sweep.decisions.push_back(number);
    }
  }
}

std::set<MemberKey> Registry::registered_from(const Network& network, WallTime since) const {
  std::set<MemberKey> keys;
  // Networks are ordered by their first address.
  for (auto one = members_from_.lower_bound(Network{network.ip, 0});
       one != members_from_.end() && network.contains(one->first.ip); ++one) {
    const bool is_its = network.contains(one->first) && members_.at(one->second).since >= since;
    if (is_its) keys.insert(one->second);
  }
  return keys;
}

std::vector<RoomName> Registry::founded_by(const MemberKey& key) const {
  std::vector<RoomName> rooms;
  for (auto one = founded_.lower_bound({key, {}}); one != founded_.end() && one->first == key;
       ++one) {
    rooms.push_back(one->second);
  }
  return rooms;
}

std::vector<Registry::Registered> Registry::registered_since(WallTime since) const {
  std::vector<Registered> found;
  for (const auto& [key, member] : members_) {
    const bool is_it = !member.nicks.empty() && member.since >= since;
    if (is_it) found.push_back({member.since, key});
  }
  std::ranges::stable_sort(found, [](const auto& a, const auto& b) { return a.since > b.since; });
  return found;
}

void Registry::carry_out(const Sweep& sweep) {
  for (const Number number : sweep.decisions) {
    if (const auto ended = decisions_.undo(number)) end(*ended);
  }
  for (const RoomName& room : sweep.topics) set_fact({room, Topic{}}, {});
  for (const RoomName& room : sweep.founded) give_up(room);
  for (const MemberKey& key : sweep.members) forget(key);
  if (!sweep.room) return;
  // Facts from before facts were decisions.
  for_each_fact(RoomFacts{}, [&](const auto& none) { set_fact({*sweep.room, none}, {}); });
}

bool Registry::is_on_trial(const MemberKey& key) const {
  const auto member = members_.find(key);
  return member != members_.end() && member->second.is_on_trial;
}

std::vector<MemberKey> Registry::overdue(WallTime now) const {
  std::vector<MemberKey> keys;
  for (const auto& [since, key] : trials_) {
    if (now.microseconds - since < limits_.trial.count()) break;
    if (!ending_trials_.contains(key)) keys.push_back(key);
  }
  return keys;
}

Registry::Proposed Registry::propose_one(const TrialEnded& ended) {
  const bool is_due = is_on_trial(ended.key) && ending_trials_.insert(ended.key).second;
  return is_due ? Proposed::kReserved : Proposed::kHolds;
}

bool Registry::apply_one(const TrialEnded& ended) {
  if (!is_on_trial(ended.key)) return false;
  ended.stays ? end_trial(ended.key, members_.at(ended.key)) : forget(ended.key);
  return true;
}

void Registry::end_trial(const MemberKey& key, Member& member) {
  if (std::exchange(member.is_on_trial, false)) trials_.erase({member.since.microseconds, key});
}

void Registry::give_up(const RoomName& room) {
  const auto founder = founders_.find(room);
  if (founder == founders_.end()) return;
  founded_.erase({founder->second.key, room});
  founders_.erase(founder);
}

void Registry::forget(const MemberKey& key) {
  const auto found = members_.find(key);
  if (found == members_.end()) return;
  const MemberKey* const its = &found->first;
  Member& member = found->second;
  const auto erase_its = [&](auto& owners, const std::string& name) {
    const auto owner = owners.find(name);
    if (owner != owners.end() && owner->second == its) owners.erase(owner);
  };
  for (const Nick& nick : member.nicks) erase_its(owners_, nick.key);
  for (const auto& [look, written] : member.other_looks) {
    erase_its(owners_by_look_now_, look);
    erase_its(owners_as_written_, written);
  }
  const auto is_with_it = [its](const Pair& pair) { return pair.with == its; };
  for (const Pair& pair : member.opened) {
    std::erase_if(members_.at(*pair.with).opened_with, is_with_it);
  }
  for (const Pair& pair : member.opened_with) {
    std::erase_if(members_.at(*pair.with).opened, is_with_it);
  }
  directs_ -= member.opened.size() + member.opened_with.size();
  admissions_ -= member.rooms.size();
  blocks_ -= member.blocked.size();
  if (member.from) {
    const auto [begin, end] = members_from_.equal_range(*member.from);
    members_from_.erase(std::find_if(begin, end, [&](auto& one) { return one.second == key; }));
  }
  end_trial(key, member);
  members_.erase(found);
}

}  // namespace palabre::chat
