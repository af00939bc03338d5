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
  ++of_length_[network.bits];
  return true;
}

bool BanList::unban(const Network& network) {
  if (bans_.erase(network) == 0) return false;
  forget_length(network.bits);
  return true;
}

void BanList::forget_length(int bits) {
  const auto length = of_length_.find(bits);
  if (--length->second == 0) of_length_.erase(length);
}

bool BanList::contains(const Ip& ip, Instant now) const {
  for (const auto& [bits, count] : of_length_) {
    const auto ban = bans_.find(Network::of(ip, bits));
    if (ban != bans_.end() && now < ban->second) return true;
  }
  return false;
}

void BanList::forget_what_is_over(Instant now) {
  std::erase_if(bans_, [&](const auto& ban) {
    if (now < ban.second) return false;
    forget_length(ban.first.bits);
    return true;
  });
}

}  // namespace palabre::guard
