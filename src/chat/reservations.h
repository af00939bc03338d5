#pragma once

#include <cstddef>
#include <map>

#include "chat/member.h"

namespace palabre::chat {

// Numbers of reservations of the registry, by what is reserved.

/// Removes one reservation, if there is one.
template <typename Map>
void release_from(Map& pending, const typename Map::key_type& key) {
  const auto found = pending.find(key);
  if (found != pending.end() && --found->second == 0) pending.erase(found);
}

inline std::size_t count_of(const std::map<MemberKey, std::size_t>& pending, const MemberKey& key) {
  const auto found = pending.find(key);
  return found == pending.end() ? 0 : found->second;
}

}  // namespace palabre::chat
