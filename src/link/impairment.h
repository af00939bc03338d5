#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/time.h"

namespace palabre::link {

/// What a network does to the datagrams that cross it. Percentages from 0 to 100, fractions of one
/// too.
struct BadNetwork {
  double loss_percent = 0;
  double duplicate_percent = 0;
  double reorder_percent = 0;  ///< takes twice as long, and `Impairment::kLeastDetour` at least
  double corrupt_percent = 0;  ///< arrives with one bit turned over
  Duration delay{};            ///< of every one
};

/// Decides what becomes of each datagram: lost, or arriving once or twice, each time late,
/// overtaken or damaged by a chance of its own. The same seed, network and sizes have the same
/// fates. Pure.
class Impairment {
 public:
  /// So that on a fast network something does overtake it.
  static constexpr Duration kLeastDetour = std::chrono::milliseconds(10);

  /// One bit of a datagram.
  struct Flip {
    std::size_t byte = 0;
    unsigned bit = 0;
  };
  struct Arrival {
    Duration after{};          ///< it set out
    std::optional<Flip> flip;  ///< never of a datagram without bytes
  };

  Impairment(const BadNetwork& network, std::uint64_t seed);

  /// Of a datagram of so many bytes; none: it is lost.
  std::vector<Arrival> decide(std::size_t bytes);

 private:
  bool chance(double percent);
  Arrival arrival(std::size_t bytes);

  BadNetwork network_;
  std::mt19937_64 engine_;  // fixed by the standard; its distributions are not and so are not used
};

/// Does it to the bytes. Requires that they have it.
void flip(std::string& bytes, const Impairment::Flip& flip);

}  // namespace palabre::link
