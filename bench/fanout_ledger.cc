#include "fanout_ledger.h"

#include <algorithm>

namespace palabre::bench {

Ledger::Ledger(std::size_t guests) : guests_(guests), entries_(kMostInFlight) {}

bool Ledger::has_room() const { return entries_[(last_ + 1) % kMostInFlight].awaited == 0; }

Label Ledger::next(Instant due) {
  ++last_;
  Entry& entry = entries_[last_ % kMostInFlight];
  entry.number = last_;
  entry.author = static_cast<std::uint32_t>(last_ % guests_);
  entry.due = due;
  entry.awaited = guests_ - 1;
  entry.has_it.assign(guests_, false);
  entry.has_it[entry.author] = true;
  ++in_flight_;
  return {entry.number, entry.author};
}

std::optional<Instant> Ledger::deliver(std::size_t guest, std::uint32_t number) {
  Entry& entry = entries_[number % kMostInFlight];
  if (entry.number != number || entry.awaited == 0 || entry.has_it[guest]) return std::nullopt;
  entry.has_it[guest] = true;
  if (--entry.awaited == 0) --in_flight_;
  return entry.due;
}

std::size_t Ledger::give_up() {
  std::size_t missing = 0;
  for (Entry& entry : entries_) {
    missing += entry.awaited;
    entry.awaited = 0;
  }
  in_flight_ = 0;
  return missing;
}

}  // namespace palabre::bench
