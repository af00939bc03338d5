#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "chat/registry.h"
#include "chat/reservations.h"

// Rooms for two, and members who are blocked.

namespace palabre::chat {
namespace {

/// Of the pairs with this other member, the only one; null: there is none.
template <typename Pairs>
auto* find_with(Pairs& pairs, const MemberKey* with) {
  const auto found = std::ranges::find_if(pairs, [&](auto& one) { return one.with == with; });
  return found == pairs.end() ? nullptr : &*found;
}

}  // namespace

Registry::Direct Registry::direct(const MemberKey& a, const MemberKey& b) const {
  const auto one = members_.find(a);
  const auto other = members_.find(b);
  if (one == members_.end() || other == members_.end()) return Direct::kNone;
  // Searched on the opener's side: a member has opened few rooms, but many may have been opened
  // with it.
  if (const auto* pair = find_with(one->second.opened, &other->first)) {
    return pair->is_asked ? Direct::kAsks : Direct::kOpen;
  }
  const auto* pair = find_with(other->second.opened, &one->first);
  if (pair == nullptr) return Direct::kNone;
  return pair->is_asked ? Direct::kIsAsked : Direct::kOpen;
}

Refusal Registry::why_not(const DirectOpened& opened) const {
  if (opened.a == opened.b) return NoOtherMember{};
  if (opened.is_asked && asks_too_many(opened.a)) {
    return NotInPrivate{NotInPrivate::Why::kManyAsked, {}, limits_.requests_of_member, {}};
  }
  return TooManyDirects{};
}

std::vector<MemberKey> Registry::direct_rooms_of(const MemberKey& key) const {
  std::vector<MemberKey> others;
  const auto member = members_.find(key);
  if (member == members_.end()) return others;
  std::vector<const Pair*> open;
  std::vector<const Pair*> asked;
  const auto& blocked = member->second.blocked;
  for (const auto* pairs : {&member->second.opened, &member->second.opened_with}) {
    const bool is_opener = pairs == &member->second.opened;
    for (auto pair = pairs->rbegin(); pair != pairs->rend(); ++pair) {
      if (std::ranges::find(blocked, *pair->with) != blocked.end()) continue;
      if (!pair->is_asked) open.push_back(&*pair);
      if (pair->is_asked && is_opener) asked.push_back(&*pair);
    }
  }
  std::ranges::stable_sort(open, [](auto* a, auto* b) { return a->spoken > b->spoken; });
  open.insert(open.end(), asked.begin(), asked.end());
  for (const Pair* pair : open) others.push_back(*pair->with);
  return others;
}

std::vector<MemberKey> Registry::requests_to(const MemberKey& key) const {
  std::vector<MemberKey> from;
  const auto member = members_.find(key);
  if (member == members_.end()) return from;
  const auto& blocked = member->second.blocked;
  const auto& pairs = member->second.opened_with;
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    const bool is_blocked = std::ranges::find(blocked, *pair->with) != blocked.end();
    if (pair->is_asked && !is_blocked) from.push_back(*pair->with);
  }
  return from;
}

void Registry::spoke(const MemberKey& a, const MemberKey& b) {
  auto pair = find_pair(a, b);
  if (pair.first == nullptr) pair = find_pair(b, a);
  if (pair.first == nullptr || pair.first->is_asked) return;
  pair.first->spoken = pair.second->spoken = ++last_spoken_;
}

std::pair<Registry::Pair*, Registry::Pair*> Registry::find_pair(const MemberKey& opener,
                                                                const MemberKey& other) {
  const auto by = members_.find(opener);
  const auto with = members_.find(other);
  if (by == members_.end() || with == members_.end()) return {};
  Pair* const first = find_with(by->second.opened, &with->first);
  if (first == nullptr) return {};
  return {first, find_with(with->second.opened_with, &by->first)};
}

bool Registry::is_blocked(const MemberKey& by, const MemberKey& whom) const {
  const auto member = members_.find(by);
  if (member == members_.end()) return false;
  return std::ranges::find(member->second.blocked, whom) != member->second.blocked.end();
}

std::vector<MemberKey> Registry::blocked_by(const MemberKey& key) const {
  const auto member = members_.find(key);
  if (member == members_.end()) return {};
  const auto& blocked = member->second.blocked;
  return {blocked.rbegin(), blocked.rend()};
}

bool Registry::asks_too_many(const MemberKey& by) const {
  const auto member = members_.find(by);
  const auto asked =
      member == members_.end()
          ? 0
          : std::ranges::count_if(member->second.opened, [](auto& one) { return one.is_asked; });
  return static_cast<std::size_t>(asked) + count_of(opening_, by) >= limits_.requests_of_member;
}

bool Registry::may_open_more(const DirectOpened& opened) const {
  const auto opener = members_.find(opened.a);
  const auto other = members_.find(opened.b);
  const std::size_t by = opener == members_.end() ? 0 : opener->second.opened.size();
  const std::size_t with = other == members_.end() ? 0 : other->second.opened_with.size();
  return by + count_of(opening_, opened.a) < limits_.directs_of_member &&
         with + count_of(opening_with_, opened.b) < limits_.directs_with_member &&
         !(opened.is_asked && asks_too_many(opened.a));
}

Registry::Proposed Registry::propose_one(const DirectOpened& opened) {
  const Direct before = direct(opened.a, opened.b);
  const bool holds = before == Direct::kOpen || (before == Direct::kAsks && opened.is_asked);
  if (holds) return Proposed::kHolds;
  if (before != Direct::kNone) return Proposed::kReserved;  // it has its place
  if (opened.a == opened.b || directs_ + pending_directs_.size() >= limits_.directs ||
      !has_place_for(opened.a) || !has_place_for(opened.b)) {
    return Proposed::kRefused;
  }
  // A proposal from another session of the same member is for the same room.
  const bool is_pending = pending_directs_.contains({opened.a, opened.b});
  if (!is_pending && !may_open_more(opened)) return Proposed::kRefused;
  if (++pending_directs_[{opened.a, opened.b}] == 1) {
    ++opening_[opened.a];
    ++opening_with_[opened.b];
  }
  return Proposed::kReserved;
}

void Registry::release(const DirectOpened& opened) {
  const auto pending = pending_directs_.find({opened.a, opened.b});
  if (pending == pending_directs_.end() || --pending->second > 0) return;
  pending_directs_.erase(pending);
  release_from(opening_, opened.a);
  release_from(opening_with_, opened.b);
}

bool Registry::apply_one(const DirectOpened& opened) {
  if (opened.a == opened.b) return false;
  switch (direct(opened.a, opened.b)) {
    case Direct::kOpen:
      return false;
    case Direct::kAsks:
      if (!opened.is_asked) accept(opened.a, opened.b);
      return !opened.is_asked;
    case Direct::kIsAsked:
      accept(opened.b, opened.a);
      return true;
    case Direct::kNone:
      break;
  }
  const auto a = members_.try_emplace(opened.a).first;
  const auto b = members_.try_emplace(opened.b).first;
  a->second.opened.push_back({&b->first, 0, opened.is_asked});
  b->second.opened_with.push_back({&a->first, 0, opened.is_asked});
  ++directs_;
  return true;
}

/// Requires that there is the request.
void Registry::accept(const MemberKey& opener, const MemberKey& other) {
  const auto [first, second] = find_pair(opener, other);
  first->is_asked = second->is_asked = false;
  first->spoken = second->spoken = ++last_spoken_;
}

Registry::Proposed Registry::propose_one(const Blocked& blocked) {
  if (is_blocked(blocked.by, blocked.whom) == blocked.holds) return Proposed::kHolds;
  if (!blocked.holds) return Proposed::kReserved;
  const auto member = members_.find(blocked.by);
  const std::size_t before = member == members_.end() ? 0 : member->second.blocked.size();
  const std::size_t all = blocks_ + blocking_.size();
  if (blocked.by == blocked.whom || all >= limits_.blocks ||
      before + count_of(blocking_, blocked.by) >= limits_.blocks_of_member) {
    return Proposed::kRefused;
  }
  ++blocking_[blocked.by];
  return Proposed::kReserved;
}

void Registry::release(const Blocked& blocked) {
  if (blocked.holds) release_from(blocking_, blocked.by);
}

bool Registry::apply_one(const Blocked& blocked) {
  if (blocked.by == blocked.whom || is_blocked(blocked.by, blocked.whom) == blocked.holds) {
    return false;
  }
  Member& by = members_[blocked.by];
  if (blocked.holds) {
    by.blocked.push_back(blocked.whom);
    ++blocks_;
  } else {
    std::erase(by.blocked, blocked.whom);
    --blocks_;
  }
  return true;
}

}  // namespace palabre::chat
