#include "chat/decisions.h"

#include <algorithm>

namespace palabre::chat {

std::optional<Whom> whom_of(const Act& act) {
  return std::visit(
      [](const auto& one) -> std::optional<Whom> {
        if constexpr (requires { one.whom; }) {
          return one.whom;
        } else {
          return std::nullopt;
        }
      },
      act);
}

std::optional<RoomName> scope_of(const Act& act) {
  return std::visit(
      [](const auto& one) -> std::optional<RoomName> {
        if constexpr (requires { one.room; }) {
          return one.room;
        } else {
          return std::nullopt;
        }
      },
      act);
}

bool lasts(const Act& act) {
  return std::visit([](const auto& one) { return one.kLasts; }, act);
}

void Decisions::apply(Number number, const Decision& decision, WallTime at) {
  Entry entry{number, decision, at};
  if (!lasts(decision.act)) return end(std::move(entry));
  if (const auto before = superseded_by(decision.act)) undo({*before, decision.by});
  if (!in_force_.emplace(number, std::move(entry)).second) return;
  if (decision.until.seconds != 0) expiries_.emplace(decision.until.seconds, number);
  const auto whom = whom_of(decision.act);
  if (!whom) return;
  by_whom_.emplace(*whom, number);
  if (const auto* const network = std::get_if<Network>(&*whom)) ++networks_[network->bits];
}

bool Decisions::has_place_for(const MemberKey& by) const {
  std::size_t of_rooms = 0;
  std::size_t own = 0;
  for (const auto& [number, entry] : in_force_) {
    of_rooms += entry.decision.by.has_value() ? 1 : 0;
    own += entry.decision.by == by ? 1 : 0;
  }
  return of_rooms < kMostOfRooms && own < kMostOfMember;
}

std::optional<Number> Decisions::superseded_by(const Act& act) const {
  const auto whom = whom_of(act);
  if (!whom) return std::nullopt;
  const auto [begin, end] = by_whom_.equal_range(*whom);
  for (auto one = begin; one != end; ++one) {
    const Act& before = in_force_.at(one->second).decision.act;
    if (before.index() == act.index() && scope_of(before) == scope_of(act)) return one->second;
  }
  return std::nullopt;
}

std::optional<Decision> Decisions::undo(const Undone& undone) {
  const auto found = in_force_.find(undone.decision);
  if (found == in_force_.end()) return std::nullopt;
  Entry entry = std::move(found->second);
  in_force_.erase(found);
  expiries_.erase({entry.decision.until.seconds, entry.number});
  if (const auto whom = whom_of(entry.decision.act)) {
    const auto [begin, end] = by_whom_.equal_range(*whom);
    by_whom_.erase(std::find_if(begin, end, [&](auto& one) { return one.second == entry.number; }));
    const auto* const network = std::get_if<Network>(&*whom);
    if (network != nullptr && --networks_[network->bits] == 0) networks_.erase(network->bits);
  }
  entry.is_over = true;
  entry.undone_by = undone.by;
  Decision decision = entry.decision;
  end(std::move(entry));
  return decision;
}

void Decisions::end(Entry entry) {
  past_.push_back(std::move(entry));
  if (past_.size() > kMostPast) past_.pop_front();
}

std::vector<Decision> Decisions::expire(WallTime now) {
  std::vector<Decision> over;
  while (!expiries_.empty() && Expiry{expiries_.begin()->first}.is_over(now)) {
    if (auto ended = undo({expiries_.begin()->second})) over.push_back(*std::move(ended));
  }
  return over;
}

std::optional<Expiry> Decisions::next_expiry() const {
  if (expiries_.empty()) return std::nullopt;
  return Expiry{expiries_.begin()->first};
}

const Decisions::Entry* Decisions::find(Number number) const {
  const auto found = in_force_.find(number);
  return found == in_force_.end() ? nullptr : &found->second;
}

}  // namespace palabre::chat
