#include "guard/guest_slots.h"

#include <algorithm>
#include <iterator>

namespace palabre::guard {
namespace {

template <typename Map, typename Key>
void erase_from(Map& map, const Key& key, GuestSlots::Id id) {
  const auto group = map.find(key);
  std::erase(group->second, id);
  if (group->second.empty()) map.erase(group);
}

template <typename Map, typename Key>
const std::vector<GuestSlots::Id>* group_of(const Map& map, const Key& key, std::size_t at_least) {
  const auto group = map.find(key);
  return group != map.end() && group->second.size() >= at_least ? &group->second : nullptr;
}

}  // namespace

GuestSlots::Place GuestSlots::find_place(const Ip& ip, std::size_t unseated, Instant now) const {
  // A place freed in the narrowest full group is free in all wider ones too.
  if (const auto* group = group_of(by_ip_, ip, per_ip_)) {
    const auto goes = first_to_go(*group, now);
    return goes ? Place{std::nullopt, goes} : Place{Full::kIp, std::nullopt};
  }
  if (const auto* group = group_of(by_neighbourhood_, neighbourhood(ip), per_neighbourhood_)) {
    const auto goes = first_to_go(*group, now);
    return goes ? Place{std::nullopt, goes} : Place{Full::kNeighbourhood, std::nullopt};
  }
  return find_room(unseated, now);
}

GuestSlots::Place GuestSlots::find_room(std::size_t unseated, Instant now) const {
  if (seated_.size() + unseated < in_all_) return {};
  const auto goes = first_to_go(now);
  return goes ? Place{std::nullopt, goes} : Place{Full::kAll, std::nullopt};
}

void GuestSlots::take_place(Id id, const Ip& ip, bool proven, Instant now) {
  std::list<Id>& turns = proven ? proven_ : unproven_;
  turns.push_back(id);
  seated_.emplace(id, Seat{ip, proven, now, now, std::prev(turns.end())});
  by_ip_[ip].push_back(id);
  by_neighbourhood_[neighbourhood(ip)].push_back(id);
}

void GuestSlots::heard(Id id, Instant now) {
  const auto found = seated_.find(id);
  if (found == seated_.end()) return;
  Seat& seat = found->second;
  std::list<Id>& from = seat.proven ? proven_ : unproven_;
  seat.proven = seat.proven || now - seat.since >= kProofAfter;
  std::list<Id>& to = seat.proven ? proven_ : unproven_;
  to.splice(to.end(), from, seat.turn);
  seat.last_heard = now;
}

void GuestSlots::leave(Id id) {
  const auto found = seated_.find(id);
  if (found == seated_.end()) return;
  const Seat& seat = found->second;
  erase_from(by_ip_, seat.ip, id);
  erase_from(by_neighbourhood_, neighbourhood(seat.ip), id);
  (seat.proven ? proven_ : unproven_).erase(seat.turn);
  seated_.erase(found);
}

bool GuestSlots::may_give_away(const Seat& seat, Instant now) const {
  return now - seat.last_heard >= (seat.proven ? kProvenSilence : kUnprovenSilence);
}

std::optional<GuestSlots::Id> GuestSlots::first_to_go(const std::vector<Id>& among,
                                                      Instant now) const {
  std::optional<Id> first;
  const auto goes_before = [this](Id a, Id b) {
    const Seat& x = seated_.at(a);
    const Seat& y = seated_.at(b);
    return std::pair(x.proven, x.last_heard) < std::pair(y.proven, y.last_heard);
  };
  for (const Id id : among) {
    if (!may_give_away(seated_.at(id), now)) continue;
    if (!first || goes_before(id, *first)) first = id;
  }
  return first;
}

std::optional<GuestSlots::Id> GuestSlots::first_to_go(Instant now) const {
  for (const std::list<Id>* turns : {&unproven_, &proven_}) {
    if (!turns->empty() && may_give_away(seated_.at(turns->front()), now)) return turns->front();
  }
  return std::nullopt;
}

}  // namespace palabre::guard
