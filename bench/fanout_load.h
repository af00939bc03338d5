#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fanout_crowd.h"
#include "fanout_ledger.h"
#include "fanout_server_process.h"

namespace palabre::bench {

/// The result of one load.
struct Outcome {
  std::size_t deliveries = 0;  ///< expected lines that came
  std::size_t datagrams = 0;   ///< that carried them
  std::size_t lost = 0;        ///< deliveries that are missing
  std::size_t unexpected = 0;  ///< lines to the wrong guest, duplicates, or of the wrong form
  std::chrono::nanoseconds cpu{};
  std::chrono::nanoseconds wall{};

  /// The figures are valid only if this is true.
  bool is_complete() const { return lost == 0 && unexpected == 0 && deliveries > 0; }
  double deliveries_per_cpu_second() const;
  double deliveries_per_second() const;
};

/// Lets a crowd talk in one room of a server, and receives the deliveries. Authors take turns.
class Load {
 public:
  /// Borrows the crowd, all of which has joined every server that `run` is called with.
  explicit Load(Crowd& crowd) : crowd_(crowd), ledger_(crowd.size()) {}

  /// Closed loop: `window` messages are in flight at any time; the next is posted when one has
  /// reached everybody. With a window of 1 no server can pack lines together.
  Outcome run_closed(const ServerProcess& server, std::size_t messages, std::size_t window);

  struct Timed {
    Outcome outcome;
    std::vector<std::chrono::nanoseconds> latencies;  ///< of each delivery
  };
  /// Open loop: messages are due at fixed times, independent of the server, and latency counts from
  /// those, so that a stall is charged to every message it delays.
  Timed run_open(const ServerProcess& server, std::size_t messages,
                 std::chrono::nanoseconds interval);

 private:
  void post(const ServerProcess& server, Instant due);
  template <typename OnDelivery>
  bool take_datagrams(Outcome& outcome, OnDelivery on_delivery);

  Crowd& crowd_;
  Ledger ledger_;
};

}  // namespace palabre::bench
