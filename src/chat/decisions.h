#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "chat/decision.h"
#include "chat/identity.h"

namespace palabre::chat {

/// The decisions of operators: those in force, and the last ones that are over. Part of the
/// registry; pure, and a read of its log like all of it.
class Decisions {
 public:
  /// In force at once. One more is refused by the registry.
  static constexpr std::size_t kMost = 10'000;
  /// By members, in all and each, beyond which only operators of the server may add another.
  static constexpr std::size_t kMostOfRooms = kMost / 2;
  static constexpr std::size_t kMostOfMember = 500;
  /// Of those that are over, the last ones, for `list`.
  static constexpr std::size_t kMostPast = 200;

  struct Entry {
    Number number;
    Decision decision;
    WallTime at;  ///< when it was kept
    bool is_over = false;
  };

  /// Whether one more that lasts has a place: by an operator of the server, or by this member.
  bool has_place() const { return in_force_.size() < kMost; }
  bool has_place_for(const MemberKey& by) const;
  /// It takes the place of an earlier one of the same act, about the same, in the same room.
  void apply(Number number, const Decision& decision, WallTime at);
  /// Ends a decision. Returns it; nothing: none of this number is in force.
  std::optional<Decision> undo(Number number);
  /// Ends the decisions whose time is over, and returns them.
  std::vector<Decision> expire(WallTime now);
  /// When `expire` has something to do. Nothing: not before another decision.
  std::optional<Expiry> next_expiry() const;

  /// The decision in force whose act is an `A` and concerns this person, everywhere or in this
  /// room; null: there is none. Valid until the next call that changes this object.
  template <typename A>
  const Entry* find(const Identity& identity, const std::optional<RoomName>& room = {}) const {
    const Entry* found = nullptr;
    for_each_about(identity, [&](const Entry& entry) {
      const auto* const act = std::get_if<A>(&entry.decision.act);
      if (act != nullptr && is_in(*act, room)) found = &entry;
    });
    return found;
  }
  /// The decisions in force with an act `A` about exactly this, whatever their rooms.
  template <typename A>
  std::vector<Number> about(const Whom& whom) const {
    std::vector<Number> found;
    const auto [begin, end] = by_whom_.equal_range(whom);
    for (auto one = begin; one != end; ++one) {
      if (std::holds_alternative<A>(in_force_.at(one->second).decision.act)) {
        found.push_back(one->second);
      }
    }
    return found;
  }
  const Entry* find(Number number) const;
  /// The decision in force whose place one with this act would take; null: there is none. Valid
  /// until the next call that changes this object.
  const Entry* superseded_by(const Act& act) const;
  const std::map<Number, Entry>& in_force() const { return in_force_; }
  /// The oldest first.
  const std::deque<Entry>& past() const { return past_; }

 private:
  template <typename A>
  static bool is_in(const A& act, const std::optional<RoomName>& room) {
    if constexpr (requires { act.room; }) {
      return !act.room || act.room == room;
    } else {
      return true;
    }
  }
  template <typename Look>
  void for_each_about(const Identity& identity, const Look& look) const {
    if (by_whom_.empty()) return;
    const auto visit = [&](const Whom& whom) {
      const auto [begin, end] = by_whom_.equal_range(whom);
      for (auto one = begin; one != end; ++one) look(in_force_.at(one->second));
    };
    if (identity.key) visit(*identity.key);
    if (!identity.key) visit(GuestAt{identity.address});
    for (const auto& [bits, count] : networks_) visit(Network::of(identity.ip, bits));
  }
  /// The kind of a rule: a room has one of each.
  static std::pair<RoomName, std::size_t> kind_of(const Rule& rule) {
    return {rule.room, rule.fact.index()};
  }
  void end(Entry entry);

  std::map<Number, Entry> in_force_;
  std::multimap<Whom, Number> by_whom_;
  std::map<std::pair<RoomName, std::size_t>, Number> rules_;  // by kind
  std::map<int, std::size_t> networks_;  // of those in `by_whom_`: how many of each size
  std::set<std::pair<std::int64_t, Number>> expiries_;
  std::deque<Entry> past_;
};

/// Whom the act is about; nothing: about no person.
std::optional<Whom> whom_of(const Act& act);
/// The room in which the act holds; nothing: everywhere.
std::optional<RoomName> scope_of(const Act& act);
bool lasts(const Act& act);

}  // namespace palabre::chat
