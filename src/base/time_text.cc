#include "base/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/number.h"

namespace palabre {
namespace {

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

}  // namespace

std::optional<std::chrono::seconds> parse_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto number = parse_number<std::int32_t>(text.substr(0, text.size() - 1));
  if (!number) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.letter != text.back()) continue;
    const std::chrono::seconds time(*number * unit.seconds);
    const bool is_possible = time >= kLeastTime && time <= kMostTime;
    return is_possible ? std::optional(time) : std::nullopt;
  }
  return std::nullopt;
}

std::string show_time(Duration time) {
  auto left = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(time).count(), 0);
  std::string shown;
  int units = 0;
  for (const Unit& unit : kUnits) {
    const auto many = left / unit.seconds;
    left %= unit.seconds;
    if (many != 0) shown += fmt::format("{}{}{}", shown.empty() ? "" : " ", many, unit.letter);
    if (!shown.empty() && ++units == 2) break;
  }
  return shown.empty() ? "0s" : shown;
}

}  // namespace palabre
