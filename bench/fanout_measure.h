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

/// Repeated measurements of one thing: the machine is noisy, so the middle counts, and how far they
/// lie apart says how much.
struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};
/// Requires that there are values.
Spread spread_of(std::vector<double> values);

/// One way to fan out, and how its server is started.
struct Way {
  std::string name;
  std::vector<std::string> command;
};

inline constexpr std::string_view kPalabre = "palabre";
inline constexpr std::string_view kBare = "bare";
inline constexpr std::string_view kExercise = "exercise";

/// What one way has shown, a round after another.
struct Rounds {
  std::string way;
  std::vector<double> per_cpu_second;  ///< deliveries, for a second of the server's processor time
  std::vector<double> per_second;      ///< deliveries, as the clock on the wall goes
  std::size_t deliveries = 0;
  std::size_t datagrams = 0;
  std::size_t lost = 0;
  std::size_t unexpected = 0;

  /// Only then do its figures mean anything.
  bool is_complete() const { return lost == 0 && unexpected == 0 && !per_cpu_second.empty(); }
};

/// A load that is put on every way in turn.
struct Drill {
  std::size_t window = 1;      ///< messages on their way at any time
  std::size_t deliveries = 0;  ///< about so many, in each round
};

/// The ways, side by side: all servers run at once, with the same guests.
class Contest {
 public:
  Contest(std::size_t guests, const std::vector<Way>& ways);

  /// A B C A B C ...: `rounds` times, or until `end`. Neighbours in time share what else the
  /// machine does, so it is within a round that ways are compared.
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

/// Round by round, how `way` compares with `base`. Requires that both are complete.
Spread ratio(const Rounds& way, const Rounds& base);

/// How long deliveries take at a rate that the server is known to stand.
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

/// What guests cost who are online and have been sent a few messages.
struct MemoryFigures {
  std::size_t few = 0;
  std::size_t many = 0;
  MemoryUse with_few;
  MemoryUse with_many;
  bool is_complete = true;
};
MemoryFigures measure_memory(const Way& way, std::size_t few, std::size_t many);

}  // namespace palabre::bench
