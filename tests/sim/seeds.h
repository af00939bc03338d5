#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace palabre::sim {

/// The seeds to try, from the environment: PALABRE_SEED for one seed, PALABRE_SEEDS for a count.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  bool is_one = false;
  std::uint64_t count() const { return last - first + 1; }
};

inline Seeds seeds_from_environment(std::uint64_t usual = 1000) {
  const auto read = [](const char* name, std::uint64_t otherwise) -> std::uint64_t {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
  };
  if (const std::uint64_t only = read("PALABRE_SEED", 0); only != 0) return {only, only, true};
  return {1, read("PALABRE_SEEDS", usual), false};
}

/// The promises that a run has broken, a line each, and its trace.
inline std::string shown(const std::vector<std::string>& broken, const std::string& trace) {
  std::string all;
  for (const std::string& one : broken) all += one + "\n";
  return all + trace;
}

}  // namespace palabre::sim
