#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace palabre::load {

/// Datagrams that once were something, and then were bent: bits turned, bytes put in and taken out,
/// two put together, blown up to the longest that UDP carries (65,507 bytes), or mere noise. The
/// same seed gives the same ones everywhere.
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
