#include "chat/decisions.h"

#include <algorithm>
#include <type_traits>

namespace palabre::chat {

std::optional<Whom> whom_of(const Act& act) {
  return std::visit(
      [](const auto& one) -> std::optional<Whom> {
        if constexpr (requires { one.whom; }) {
          return one.whom;
        } else if constexpr (std::is_same_v<decltype(one), const UndoBy&>) {
          return std::visit([](const auto& by) { return Whom(by); }, one.by);
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
  if (const auto* const before = superseded_by(decision.act)) undo(before->number);
  if (!in_force_.emplace(number, std::move(entry)).second) return;
  if (decision.until.seconds != 0) expiries_.emplace(decision.until.seconds, number);
  if (const auto* const rule = std::get_if<Rule>(&decision.act)) rules_[kind_of(*rule)] = number;
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

const Decisions::Entry* Decisions::superseded_by(const Act& act) const {
  if (const auto* const rule = std::get_if<Rule>(&act)) {
    const auto before = rules_.find(kind_of(*rule));
    return before == rules_.end() ? nullptr : find(before->second);
  }
  const auto whom = whom_of(act);
  if (!whom) return nullptr;
  const auto [begin, end] = by_whom_.equal_range(*whom);
  for (auto one = begin; one != end; ++one) {
    const Entry& before = in_force_.at(one->second);
    const bool is_same = before.decision.act.index() == act.index() &&
                         scope_of(before.decision.act) == scope_of(act);
    if (is_same) return &before;
  }
  return nullptr;
}

std::optional<Decision> Decisions::undo(Number number) {
  const auto found = in_force_.find(number);
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
  if (const auto* const rule = std::get_if<Rule>(&entry.decision.act)) rules_.erase(kind_of(*rule));
  entry.is_over = true;
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
    if (auto ended = undo(expiries_.begin()->second)) over.push_back(*std::move(ended));
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
