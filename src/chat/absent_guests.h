#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "chat/ids.h"
#include "chat/names.h"

namespace palabre::chat {

/// Remembers the room and the nickname of guests who left, for a bounded time and in bounded
/// number. Beyond either bound the guest absent longest is evicted first.
class AbsentGuests {
 public:
  struct Place {
    RoomName room;
    std::optional<Nick> nick;
  };

  AbsentGuests(std::size_t capacity, Duration remembered)
      : capacity_(capacity), remembered_(remembered) {}

  /// Replaces an earlier place of `address`. `now` never goes backwards from one call to the next,
  /// here and in `recall`.
  void remember(std::string address, Place place, Instant now);

  /// Removes and returns the place of `address`; nothing if none is remembered.
  std::optional<Place> recall(const std::string& address, Instant now);

  std::size_t size() const { return by_address_.size(); }

 private:
  struct Entry {
    std::string address;
    Place place;
    Instant since;
  };
  using Entries = std::list<Entry>;  // in order of departure, the longest absent first

  void forget_before(Instant moment);
  void forget(Entries::iterator entry);

  std::size_t capacity_;
  Duration remembered_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_address_;
};

}  // namespace palabre::chat
