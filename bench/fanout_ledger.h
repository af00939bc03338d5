#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "fanout_line.h"

namespace palabre::bench {

using Instant = std::chrono::steady_clock::time_point;

/// Keeps account of who has received what: every message once, by everybody but its author. Nothing
/// is lost silently, and nothing counts twice.
class Ledger {
 public:
  explicit Ledger(std::size_t guests);

  /// Whether one more message can be kept account of.
  bool has_room() const;

  /// The next message, of the guest whose turn it is. `due` is when it should be posted. Requires
  /// that there is room.
  Label next(Instant due);

  /// A delivery. Returns when its message was due to be posted; nothing where the delivery is not
  /// one that was awaited (a second one, one to the author, one of a message that was given up).
  std::optional<Instant> deliver(std::size_t guest, std::uint32_t number);

  /// Messages that somebody still awaits.
  std::size_t in_flight() const { return in_flight_; }

  /// Awaits nothing more. Returns how many deliveries have not come.
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
