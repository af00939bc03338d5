#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fanout_ledger.h"
#include "fanout_load.h"
#include "fanout_server_process.h"

namespace palabre::bench {

/// Repeated measurements of one quantity on a noisy machine: the median, and the range as a measure
/// of the noise.
struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};
/// Requires that there are values.
Spread spread_of(std::vector<double> values);

/// A way to fan out: its name, and the command that starts its server.
struct Way {
  std::string name;
  std::vector<std::string> command;
};

inline constexpr std::string_view kPalabre = "palabre";
inline constexpr std::string_view kBare = "bare";
inline constexpr std::string_view kExercise = "exercise";

/// The results of one way, round by round.
struct Rounds {
  std::string way;
  std::vector<double> per_cpu_second;  ///< deliveries per second of the server's CPU time
  std::vector<double> per_second;      ///< deliveries per second of wall time
  std::size_t deliveries = 0;
  std::size_t datagrams = 0;
  std::size_t lost = 0;
  std::size_t unexpected = 0;

  /// The figures are valid only if this is true.
  bool is_complete() const { return lost == 0 && unexpected == 0 && !per_cpu_second.empty(); }
};

/// A load that every way gets in turn.
struct Drill {
  std::size_t window = 1;      ///< messages in flight at any time
  std::size_t deliveries = 0;  ///< about this many per round
};

/// A comparison of ways: all servers run at once, with the same guests.
class Contest {
 public:
  Contest(std::size_t guests, const std::vector<Way>& ways);

  /// Runs the ways in turn, A B C A B C ...: `rounds` times, or until `end`. Ratios are made within
  /// a round, whose ways see about the same load from the rest of the machine.
  std::vector<Rounds> run(const Drill& drill, std::size_t rounds, Instant end);

  /// See `Load::run_open`. Requires that this way takes part.
  Load::Timed run_open(std::string_view way, std::size_t messages,
                       std::chrono::nanoseconds interval);

  std::size_t guests() const { return crowd_.size(); }

 private:
  struct Contender {
    std::string name;
    std::unique_ptr<ServerProcess> server;
  };

  Crowd crowd_;
  Load load_;
  std::vector<Contender> contenders_;
};

/// The ratios of `way` to `base`, round by round. Requires that both are complete.
Spread ratio(const Rounds& way, const Rounds& base);

/// Latencies of deliveries at a rate that the server can sustain.
struct LatencyFigures {
  double offered_per_second = 0;  ///< deliveries
  Spread p50_us;
  Spread p99_us;
  Spread most_us;
  std::size_t lost = 0;
  std::size_t unexpected = 0;

  bool is_complete() const { return lost == 0 && unexpected == 0; }
};
LatencyFigures measure_latency(Contest& contest, double deliveries_per_second, std::size_t runs,
                               std::chrono::nanoseconds run_time);

/// The memory of guests who are online and have been sent a few messages.
struct MemoryFigures {
  std::size_t few = 0;
  std::size_t many = 0;
  MemoryUse with_few;
  MemoryUse with_many;
  bool is_complete = true;
};
MemoryFigures measure_memory(const Way& way, std::size_t few, std::size_t many);

}  // namespace palabre::bench
