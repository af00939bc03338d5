#include "chat/room_places.h"

namespace palabre::chat {

std::size_t RoomPlaces::at(const Ip& ip, std::size_t level) const {
  const auto found = open_.find(Network::at_level(ip, level));
  return found == open_.end() ? 0 : found->second;
}

bool RoomPlaces::has_place(const Identity& by, std::size_t free) const {
  if (free == 0) return false;
  if (by.is_exempt) return true;
  const std::size_t own = at(by.ip, 0);
  if (own >= kFew && (own >= most_ / 16 || free <= most_ / 2)) return false;
  if (by.reach != Reach::kPublic) return true;
  return at(by.ip, 1) < most_ / 8 && at(by.ip, levels_of(by.ip) - 1) < most_ / 4;
}

void RoomPlaces::opened(const Ip& ip) {
  for (std::size_t level = 0; level < levels_of(ip); ++level) ++open_[Network::at_level(ip, level)];
}

void RoomPlaces::closed(const Ip& ip) {
  for (std::size_t level = 0; level < levels_of(ip); ++level) {
    const auto share = open_.find(Network::at_level(ip, level));
    if (--share->second == 0) open_.erase(share);
  }
}

}  // namespace palabre::chat
