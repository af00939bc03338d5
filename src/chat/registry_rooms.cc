#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "chat/registry.h"

// Facts of rooms, their founders, and the decisions of operators.

namespace palabre::chat {
namespace {

RoomFacts with(RoomFacts facts, const Fact& fact) {
  std::visit([&](const auto& one) { one.apply_to(facts); }, fact);
  return facts;
}

bool holds(const Fact& fact) {
  return std::visit([](const auto& one) { return one.holds(); }, fact);
}

bool holds_in(const Fact& kind, const RoomFacts& facts) {
  return std::visit([&](const auto& one) { return one.of(facts).holds(); }, kind);
}

std::pair<RoomName, std::size_t> kind_of(const RoomFact& fact) {
  return {fact.room, fact.fact.index()};
}

/// The fact of this kind of a room that has none.
Fact nothing_of(const Fact& kind) {
  return std::visit([](const auto& one) -> Fact { return one.of(RoomFacts{}); }, kind);
}

}  // namespace

Registry::Proposed Registry::propose_one(const RoomFact& fact) {
  const RoomFacts& before = facts_of(fact.room);
  const bool is_pending = pending_facts_.contains(kind_of(fact));
  if (!is_pending && with(before, fact.fact) == before) return Proposed::kHolds;
  if (!is_pending && holds(fact.fact) && !holds_in(fact.fact, before) && is_full_of(fact)) {
    return Proposed::kRefused;
  }
  pending_facts_.emplace(kind_of(fact), fact.fact);
  return Proposed::kReserved;
}

/// Another hub's record, which was not proposed here, releases nothing.
void Registry::release(const RoomFact& fact) {
  const auto [begin, end] = pending_facts_.equal_range(kind_of(fact));
  const auto own = std::find_if(begin, end, [&](auto& one) { return one.second == fact.fact; });
  if (own != end) pending_facts_.erase(own);
}

/// Reservations of the kind count too.
bool Registry::is_full_of(const RoomFact& fact) const {
  const auto most = std::visit([](const auto& one) { return one.kMostRooms; }, fact.fact);
  const auto pending = std::count_if(pending_facts_.begin(), pending_facts_.end(), [&](auto& one) {
    return one.first.second == fact.fact.index();
  });
  return rooms_by_fact_.at(fact.fact.index()) + static_cast<std::size_t>(pending) >= most;
}

bool Registry::apply_one(const RoomFact& fact, WallTime at) {
  // It takes the place of the decision by which a fact of this kind holds.
  const auto* const before = decisions_.superseded_by(Rule{fact.room, fact.fact});
  if (before != nullptr) decisions_.undo(before->number);
  return set_fact(fact, at);
}

bool Registry::set_fact(const RoomFact& fact, WallTime at) {
  const RoomFacts before = facts_of(fact.room);
  const RoomFacts after = with(before, fact.fact);
  std::size_t& rooms = rooms_by_fact_.at(fact.fact.index());
  rooms += holds_in(fact.fact, after) ? 1 : 0;
  rooms -= holds_in(fact.fact, before) ? 1 : 0;
  if (std::holds_alternative<Topic>(fact.fact)) {
    if (after.topic.holds()) {
      topics_[fact.room] = {fact.owner, at};
    } else {
      topics_.erase(fact.room);
    }
  }
  if (after == RoomFacts{}) {
    facts_.erase(fact.room);
  } else {
    facts_[fact.room] = after;
  }
  return after != before;
}

const RoomFacts& Registry::facts_of(const RoomName& room) const {
  const auto facts = facts_.find(room);
  return facts == facts_.end() ? no_facts_ : facts->second;
}

Registry::Proposed Registry::propose_one(const RoomFounded& founded) {
  if (founder_of(founded.room) == founded.by) return Proposed::kHolds;
  if (founded.by && founders_.size() >= limits_.founders) return Proposed::kRefused;
  return Proposed::kReserved;
}

bool Registry::apply_one(const RoomFounded& founded, WallTime at) {
  if (founder_of(founded.room) == founded.by) return false;
  give_up(founded.room);
  if (!founded.by) return true;
  founders_.emplace(founded.room, Founder{*founded.by, at});
  founded_.emplace(*founded.by, founded.room);
  return true;
}

std::optional<MemberKey> Registry::founder_of(const RoomName& room) const {
  const auto founder = founders_.find(room);
  return founder == founders_.end() ? std::nullopt : std::optional(founder->second.key);
}

bool Registry::is_operator(const Identity& identity, const std::optional<RoomName>& room) const {
  return identity.key && decisions_.find<Appoint>(identity, room) != nullptr;
}

Registry::Proposed Registry::propose_one(const Decision& decision) {
  const bool is_of_the_server = !decision.by || is_operator(Identity{{}, decision.by});
  const auto has_place = [&] {
    return is_of_the_server ? decisions_.has_place() : decisions_.has_place_for(*decision.by);
  };
  if (lasts(decision.act) && !has_place()) return Proposed::kRefused;
  if (const auto* const rule = std::get_if<Rule>(&decision.act)) {
    const RoomFact fact{rule->room, rule->fact};
    const RoomFacts& before = facts_of(fact.room);
    if (!holds_in(fact.fact, before) && is_full_of(fact)) return Proposed::kRefused;
  }
  const auto* const expel = std::get_if<Expel>(&decision.act);
  if (expel != nullptr && is_full_of(*expel, is_of_the_server)) return Proposed::kRefused;
  return Proposed::kReserved;
}

bool Registry::is_full_of(const Expel& expel, bool is_of_the_server) const {
  const std::size_t most = is_of_the_server ? limits_.expulsions : limits_.expulsions / 2;
  return expelled_.size() >= most && !expelled_.contains({expel.room, expel.whom});
}

bool Registry::is_from_before_expulsion(const Invite& invite, const MemberKey& key) const {
  const auto expelled = expelled_.find({*invite.room, key});
  return expelled != expelled_.end() && invite.made < expelled->second;
}

Registry::Proposed Registry::propose_one(const Undone& undone) {
  return decisions_.find(undone.decision) == nullptr ? Proposed::kRefused : Proposed::kReserved;
}

bool Registry::apply_decision(const Decision& decision, Number number, WallTime at) {
  if (const auto* const rule = std::get_if<Rule>(&decision.act)) {
    set_fact({rule->room, rule->fact}, at);
  }
  if (const auto* const expelled = std::get_if<Expel>(&decision.act)) expel(*expelled, number);
  carry_out(sweep_of(decision.act));
  decisions_.apply(number, decision, at);
  return true;
}

void Registry::expel(const Expel& expel, Number number) {
  expelled_[{expel.room, expel.whom}] = number;
  const auto member = members_.find(expel.whom);
  if (member == members_.end()) return;
  admissions_ -= std::erase_if(member->second.rooms,
                               [&](const RoomName* room) { return *room == expel.room; });
}

bool Registry::apply_one(const Undone& undone) {
  const auto ended = decisions_.undo(undone.decision);
  if (ended) end(*ended);
  return ended.has_value();
}

std::vector<Decision> Registry::expire(WallTime now) {
  auto over = decisions_.expire(now);
  for (const Decision& decision : over) end(decision);
  return over;
}

void Registry::end(const Decision& decision) {
  const auto* const rule = std::get_if<Rule>(&decision.act);
  if (rule != nullptr) set_fact({rule->room, nothing_of(rule->fact)}, {});
}

}  // namespace palabre::chat
