#include "server/doors/operators/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace palabre::server {
namespace {

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

std::string counted(std::size_t guests, std::size_t members) {
  if (members == 0) return counted(guests, "guest");
  const std::string words = counted(members, "member");
  return guests == 0 ? words : counted(guests, "guest") + " and " + words;
}

std::string table(const std::vector<std::array<std::string, 4>>& rows) {
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto characters = std::count_if(row.at(i).begin(), row.at(i).end(),
                                            [](char c) { return (c & 0xC0) != 0x80; });
      widths.at(i) = std::max(widths.at(i), static_cast<std::size_t>(characters));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    fmt::format_to(std::back_inserter(text), "{:{}}  {:>{}}  {:{}}  {}\n", row[0], widths[0],
                   row[1], widths[1], row[2], widths[2], row[3]);
  }
  return text;
}

}  // namespace palabre::server
