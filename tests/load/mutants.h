#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace palabre::load {

/// Mutated datagrams: bits flipped, bytes inserted and removed, two joined, extended to UDP's limit
/// (65,507 bytes), or pure noise. The same seed gives the same datagrams everywhere.
class Mutants {
 public:
  explicit Mutants(std::uint64_t seed) : random_(seed) {}

  /// Valid until the next call.
  std::string_view next();

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::size_t place() { return std::size_t(below(bytes_.size() + 1)); }
  std::size_t length();
  void bend();

  std::mt19937_64 random_;
  std::string bytes_;
};

}  // namespace palabre::load
