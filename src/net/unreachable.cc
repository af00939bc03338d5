#include "net/unreachable.h"

#include <utility>

namespace palabre::net {

void Unreachable::set(const std::vector<Neighbour>& neighbours, std::size_t tries) {
  std::unordered_map<Address, State> now;
  for (const Neighbour& neighbour : neighbours) {
    State& state = now[neighbour.host];
    state.is_asked = neighbour.is_asked;
    const auto before = neighbours_.find(neighbour.host);
    if (before == neighbours_.end()) continue;
    state.waits = before->second.waits;
    state.may_try = before->second.may_try && !state.is_asked;
    if (state.may_try && tries > 0) --tries;
  }
  neighbours_ = std::move(now);
  std::erase_if(waiting_, [this](const Address& host) { return !neighbours_.contains(host); });
  for (; tries > 0 && !waiting_.empty(); waiting_.pop_front()) {
    State& state = neighbours_.at(waiting_.front());
    state.waits = false;
    if (state.is_asked) continue;  // the kernel is trying it
    state.may_try = true;
    --tries;
  }
}

bool Unreachable::withholds(const Address& peer) {
  const auto found = neighbours_.find(peer.without_port());
  if (found == neighbours_.end()) return false;
  auto& [host, state] = *found;
  if (std::exchange(state.may_try, false)) return false;
  if (!state.is_asked && !std::exchange(state.waits, true)) waiting_.push_back(host);
  return true;
}

void Unreachable::heard(const Address& peer) {
  const auto found = neighbours_.find(peer.without_port());
  if (found != neighbours_.end() && !found->second.is_asked) found->second.may_try = true;
}

}  // namespace palabre::net
