#include "guard/ban_list.h"

namespace palabre::guard {

bool BanList::ban(const Network& network, Instant until) {
  const auto known = bans_.find(network);
  if (known != bans_.end()) {
    known->second = until;
    return true;
  }
  if (bans_.size() >= kMost) return false;
  bans_.emplace(network, until);
  ++of_length_.at(static_cast<std::size_t>(network.bits));
  return true;
}

bool BanList::unban(const Network& network) {
  if (bans_.erase(network) == 0) return false;
  --of_length_.at(static_cast<std::size_t>(network.bits));
  return true;
}

bool BanList::contains(const Ip& ip, Instant now) const {
  if (bans_.empty()) return false;
  for (std::size_t bits = 0; bits < of_length_.size(); ++bits) {
    if (of_length_.at(bits) == 0) continue;
    const auto ban = bans_.find(Network::of(ip, static_cast<int>(bits)));
    if (ban != bans_.end() && now < ban->second) return true;
  }
  return false;
}

void BanList::forget_what_is_over(Instant now) {
  std::erase_if(bans_, [&](const auto& ban) {
    if (now < ban.second) return false;
    --of_length_.at(static_cast<std::size_t>(ban.first.bits));
    return true;
  });
}

}  // namespace palabre::guard
