#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace palabre::sim {

/// The randomness of one simulated world. The same seed gives the same numbers everywhere: the
/// standard fixes the engine's output, but not that of its distributions, which are therefore not
/// used.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// From 0 to `bound` - 1. Requires `bound` > 0.
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

  template <typename Container>
  const auto& pick(const Container& container) {
    return container[static_cast<std::size_t>(below(container.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace palabre::sim
