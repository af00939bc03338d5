#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fanout_measure.h"

namespace palabre::bench {

/// The results of all ways in a room of `guests` guests.
struct RoomFigures {
  std::size_t guests = 0;
  std::vector<Rounds> rounds;  ///< of palabre, bare and exercise at least
};

/// Everything that one run has found.
struct Findings {
  std::vector<RoomFigures> isolated;
  std::vector<RoomFigures> saturated;
  RoomFigures sockets;  ///< bare loops over other kinds of socket; empty where left out
  struct Latency {
    std::size_t guests = 0;
    LatencyFigures figures;
  };
  std::vector<Latency> latencies;
  MemoryFigures memory;
};

/// The results of `way`. Throws where it took no part.
const Rounds& of_way(const std::vector<Rounds>& all, std::string_view way);

/// Whether every delivery of every round arrived, once and well-formed.
bool is_complete(const Findings& findings);

/// All tables, in Markdown that reads well in a terminal too.
std::string report(const Findings& findings);

/// The required ratio of palabre to the bare loop: deliveries per CPU-second, isolated.
inline constexpr double kBar = 0.80;
inline constexpr std::size_t kBarGuests = 1000;

}  // namespace palabre::bench
