#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fanout_crowd.h"
#include "fanout_ledger.h"
#include "fanout_server_process.h"

namespace palabre::bench {

/// How a load went.
struct Outcome {
  std::size_t deliveries = 0;  ///< lines that came where they were awaited
  std::size_t datagrams = 0;   ///< in which they came
  std::size_t lost = 0;        ///< deliveries that did not come
  std::size_t unexpected = 0;  ///< lines that nobody should have received, or not in this form
  std::chrono::nanoseconds cpu{};
  std::chrono::nanoseconds wall{};

  /// Only then do its figures mean anything.
  bool is_complete() const { return lost == 0 && unexpected == 0 && deliveries > 0; }
  double deliveries_per_cpu_second() const;
  double deliveries_per_second() const;
};

/// Has a crowd talk in one room of a server, and receives what comes of it. Authors take turns.
class Load {
 public:
  /// Borrows the crowd, all of which has joined every server that `run` is called with.
  explicit Load(Crowd& crowd) : crowd_(crowd), ledger_(crowd.size()) {}

  /// Closed loop: `window` messages are on their way at any time, and the next is posted when one
  /// has reached everybody. A window of 1 is a message alone: no server can pack anything.
  Outcome run_closed(const ServerProcess& server, std::size_t messages, std::size_t window);

  struct Timed {
    Outcome outcome;
    std::vector<std::chrono::nanoseconds> latencies;  ///< of each delivery
  };
  /// Open loop: messages are due at fixed moments, whatever the server does, and their latency
  /// counts from those moments, so that a server that stalls is charged with all who wait.
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
