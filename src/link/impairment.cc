#include "link/impairment.h"

#include <algorithm>

namespace palabre::link {
namespace {

constexpr std::uint64_t kParts = 1'000'000;
constexpr double kPartsAPercent = 10'000;

}  // namespace

Impairment::Impairment(const BadNetwork& network, std::uint64_t seed)
    : network_(network), engine_(seed) {}

std::vector<Impairment::Arrival> Impairment::decide(std::size_t bytes) {
  std::vector<Arrival> arrivals;
  if (chance(network_.loss_percent)) return arrivals;
  arrivals.push_back(arrival(bytes));
  if (chance(network_.duplicate_percent)) arrivals.push_back(arrival(bytes));
  return arrivals;
}

Impairment::Arrival Impairment::arrival(std::size_t bytes) {
  Arrival arrival{network_.delay, std::nullopt};
  if (chance(network_.reorder_percent)) arrival.after += std::max(network_.delay, kLeastDetour);
  if (chance(network_.corrupt_percent) && bytes > 0) {
    const std::uint64_t bit = engine_() % (bytes * 8);
    arrival.flip = Flip{static_cast<std::size_t>(bit / 8), static_cast<unsigned>(bit % 8)};
  }
  return arrival;
}

bool Impairment::chance(double percent) {
  return static_cast<double>(engine_() % kParts) < percent * kPartsAPercent;
}

void flip(std::string& bytes, const Impairment::Flip& flip) {
  const auto mask = static_cast<unsigned char>(1U << flip.bit);
  char& byte = bytes[flip.byte];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ mask);
}

}  // namespace palabre::link
