#include "client/dial_plan.h"

#include <algorithm>

namespace palabre::client {

void DialPlan::set_addresses(const std::vector<Address>& addresses) {
  const std::optional<Address> first =
      addresses_.empty() ? std::nullopt : std::optional(addresses_.front());
  std::vector<Address> turns[2];  // the family of the first address, and the other one
  for (const Address& address : addresses) {
    turns[address.is_v4() == addresses.front().is_v4() ? 0 : 1].push_back(address);
  }
  addresses_.clear();
  for (std::size_t i = 0; i < std::max(turns[0].size(), turns[1].size()); ++i) {
    for (const auto& family : turns) {
      if (i < family.size() && addresses_.size() < kMostAddresses) addresses_.push_back(family[i]);
    }
  }
  if (first) answered(*first);
}

void DialPlan::answered(const Address& address) {
  const auto place = std::find(addresses_.begin(), addresses_.end(), address);
  if (place != addresses_.end()) std::rotate(addresses_.begin(), place, place + 1);
}

void DialPlan::want(bool wanted) {
  if (wanted == is_wanted_) return;
  is_wanted_ = wanted;
  tried_ = wanted ? 0 : addresses_.size();
}

std::optional<Instant> DialPlan::next_deadline() const {
  if (!is_wanted_ || addresses_.empty()) return std::nullopt;
  if (!round_began_) return Instant::min();
  if (tried_ == 0) return *round_began_ + kRound;
  if (tried_ < addresses_.size()) return is_hurried_ ? last_ : last_ + kStagger;
  return std::max(*round_began_ + kRound, last_ + kStagger);
}

std::optional<Address> DialPlan::next(Instant now) {
  const auto due = next_deadline();
  if (!due || *due > now) return std::nullopt;
  if (tried_ >= addresses_.size()) tried_ = 0;
  if (tried_ == 0) round_began_ = now;
  is_hurried_ = false;
  last_ = now;
  return addresses_[tried_++];
}

}  // namespace palabre::client
