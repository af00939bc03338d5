#pragma once

#include <cstddef>
#include <map>

#include "base/network.h"
#include "chat/identity.h"

namespace palabre::chat {

/// Shares of the rooms that may be open at once, by the network of the one who opened each: an
/// address has a sixteenth of all, a public network an eighth, a public site a quarter; of the last
/// half an address has `kFew`. So a hundred addresses leave a quarter to others. One thread at a
/// time.
///
/// Memory: three entries for each room at most.
class RoomPlaces {
 public:
  static constexpr std::size_t kFew = 2;

  /// `most`: rooms open at once.
  explicit RoomPlaces(std::size_t most) : most_(most) {}

  /// Whether somebody there may open one more, with `free` places left of all. The exempt may while
  /// there is any.
  bool has_place(const Identity& by, std::size_t free) const;
  /// A room was opened from there; and is closed.
  void opened(const Ip& ip);
  void closed(const Ip& ip);

 private:
  std::size_t at(const Ip& ip, std::size_t level) const;

  std::size_t most_;
  std::map<Network, std::size_t> open_;
};

}  // namespace palabre::chat
