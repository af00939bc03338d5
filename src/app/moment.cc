#include "app/moment.h"

#include <ctime>

#include "base/time.h"
#include "base/time_text.h"

namespace palabre::app {
namespace {

bool shows(std::time_t seconds, const std::tm& moment) {
  std::tm shown{};
  return ::localtime_r(&seconds, &shown) != nullptr && shown.tm_mday == moment.tm_mday &&
         shown.tm_hour == moment.tm_hour && shown.tm_min == moment.tm_min &&
         shown.tm_sec == moment.tm_sec;
}

/// Of an hour that occurs twice, the first occurrence: a range that begins there misses nothing.
std::time_t earliest(std::time_t seconds, const std::tm& given) {
  constexpr std::time_t kHalfHour = 1800;
  std::time_t first = seconds;
  for (std::time_t back = kHalfHour; back <= 6 * kHalfHour; back += kHalfHour) {
    if (shows(seconds - back, given)) first = seconds - back;
  }
  return first;
}

}  // namespace

std::optional<std::int64_t> parse_moment(const std::string& text, std::int64_t now) {
  if (const auto ago = parse_time(text)) return now - ago->count() * kMicrosecondsPerSecond;
  for (const char* form :
       {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    std::tm moment{};
    const char* const rest = ::strptime(text.c_str(), form, &moment);
    if (rest == nullptr || *rest != '\0') continue;
    moment.tm_isdst = -1;
    const std::tm given = moment;
    const std::time_t seconds = std::mktime(&moment);
    // mktime turns 31 February into 3 March. (A time that the clock skips becomes the next hour.)
    if (moment.tm_mday != given.tm_mday || moment.tm_mon != given.tm_mon) return std::nullopt;
    return earliest(seconds, given) * kMicrosecondsPerSecond;
  }
  return std::nullopt;
}

}  // namespace palabre::app
