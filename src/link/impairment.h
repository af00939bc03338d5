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

/// Faults of a network, as percentages of the datagrams: 0 to 100, fractions allowed.
struct BadNetwork {
  double loss_percent = 0;
  double duplicate_percent = 0;
  double reorder_percent = 0;  ///< adds max(delay, kLeastDetour) to its delay
  double corrupt_percent = 0;  ///< delivered with one bit flipped
  Duration delay{};            ///< of every datagram
};

/// Decides the fate of each datagram: lost, or delivered once or twice, each delivery delayed,
/// reordered or corrupted independently. Deterministic: the same seed, network and sizes give the
/// same fates. Pure.
class Impairment {
 public:
  /// Long enough that on a fast network other datagrams overtake it.
  static constexpr Duration kLeastDetour = std::chrono::milliseconds(10);

  /// One bit of a datagram.
  struct Flip {
    std::size_t byte = 0;
    unsigned bit = 0;
  };
  struct Arrival {
    Duration after{};          ///< time since it was sent
    std::optional<Flip> flip;  ///< empty for a datagram without bytes
  };

  Impairment(const BadNetwork& network, std::uint64_t seed);

  /// The deliveries of a datagram of `bytes` bytes; none: it is lost.
  std::vector<Arrival> decide(std::size_t bytes);

 private:
  bool chance(double percent);
  Arrival arrival(std::size_t bytes);

  BadNetwork network_;
  std::mt19937_64 engine_;  // fixed by the standard; its distributions are not, so unused
};

/// Flips the bit. Requires that `bytes` contains it.
void flip(std::string& bytes, const Impairment::Flip& flip);

}  // namespace palabre::link
