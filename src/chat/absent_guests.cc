#include "chat/absent_guests.h"

#include <iterator>
#include <utility>

namespace palabre::chat {

void AbsentGuests::remember(std::string address, Place place, Instant now) {
  forget_before(now - remembered_);
  if (capacity_ == 0) return;
  if (const auto known = by_address_.find(address); known != by_address_.end()) {
    forget(known->second);
  }
  if (entries_.size() == capacity_) forget(entries_.begin());
  entries_.push_back(Entry{address, std::move(place), now});
  by_address_.emplace(std::move(address), std::prev(entries_.end()));
}

std::optional<AbsentGuests::Place> AbsentGuests::recall(const std::string& address, Instant now) {
  forget_before(now - remembered_);
  const auto known = by_address_.find(address);
  if (known == by_address_.end()) return std::nullopt;
  Place place = std::move(known->second->place);
  forget(known->second);
  return place;
}

void AbsentGuests::forget_before(Instant moment) {
  while (!entries_.empty() && entries_.front().since <= moment) forget(entries_.begin());
}

void AbsentGuests::forget(Entries::iterator entry) {
  by_address_.erase(entry->address);
  entries_.erase(entry);
}

}  // namespace palabre::chat
