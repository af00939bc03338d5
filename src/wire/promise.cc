#include "wire/promise.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace palabre::wire {
namespace {

std::string show_age(std::chrono::seconds age) {
  constexpr auto kDay = std::chrono::hours(24);
  constexpr auto kHour = std::chrono::hours(1);
  constexpr auto kMinute = std::chrono::minutes(1);
  if (age >= 2 * kDay) return fmt::format("{} days", age / kDay);
  if (age >= 2 * kHour) return fmt::format("{} hours", age / kHour);
  if (age >= 2 * kMinute) return fmt::format("{} minutes", age / kMinute);
  return age.count() == 1 ? "1 second" : fmt::format("{} seconds", age.count());
}

std::string show_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t kMebi = 1 << 20;
  return bytes >= kMebi ? fmt::format("{} MiB", bytes / kMebi) : fmt::format("{} KiB", bytes >> 10);
}

}  // namespace

std::string in_words(const chat::Promise& promise) {
  if (!promise.kept) return "nothing is kept";
  std::string what = "all is";
  if (promise.count) {
    const std::string some =
        *promise.count == 1 ? "message" : fmt::format("{} messages", *promise.count);
    const std::string limit =
        promise.bytes ? fmt::format(", {} at most,", show_bytes(*promise.bytes)) : "";
    what = fmt::format("the last {}{} {}", some, limit, *promise.count == 1 ? "is" : "are");
  } else if (promise.bytes) {
    what = fmt::format("the last {} are", show_bytes(*promise.bytes));
  }
  return promise.age ? fmt::format("{} kept for {}", what, show_age(*promise.age))
                     : fmt::format("{} kept", what);
}

}  // namespace palabre::wire
