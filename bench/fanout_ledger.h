#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "fanout_line.h"

namespace palabre::bench {

using Instant = std::chrono::steady_clock::time_point;

/// Tracks deliveries: every message once, to every guest but its author. Reports missing deliveries
/// and rejects duplicates.
class Ledger {
 public:
  explicit Ledger(std::size_t guests);

  /// Whether one more message can be tracked.
  bool has_room() const;

  /// The next message; guests take turns as its author. `due`: when it should be posted. Requires
  /// `has_room()`.
  Label next(Instant due);

  /// Records a delivery. Returns when its message was due; nothing where the delivery is
  /// unexpected: a duplicate, one to the author, or one of a message that was given up.
  std::optional<Instant> deliver(std::size_t guest, std::uint32_t number);

  /// Messages not yet delivered to everybody.
  std::size_t in_flight() const { return in_flight_; }

  /// Stops waiting for deliveries. Returns how many are missing.
  std::size_t give_up();

 private:
  static constexpr std::size_t kMostInFlight = 4096;

  struct Entry {
    std::uint32_t number = 0;
    std::uint32_t author = 0;
    Instant due;
    std::size_t awaited = 0;
    std::vector<bool> has_it;  // by guest
  };

  std::size_t guests_;
  std::uint32_t last_ = 0;
  std::size_t in_flight_ = 0;
  std::vector<Entry> entries_;  // message `n` in `n % kMostInFlight`
};

}  // namespace palabre::bench
