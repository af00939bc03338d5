#include "app/dated_lines.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <utility>

#include "base/time.h"
#include "wire/text.h"

namespace palabre::app {
namespace {

std::string offset_line(long offset) {
  const long minutes = std::abs(offset) / 60;
  return fmt::format("-- From here on the clock is UTC{}{:02}:{:02}.\n", offset < 0 ? '-' : '+',
                     minutes / 60, minutes % 60);
}

}  // namespace

std::string DatedLines::show(chat::Number number, const chat::Message& message, WallTime kept_at) {
  const std::string line = wire::encode_number(number) + wire::encode_line(message);
  if (kept_at.microseconds == 0) return std::string(19, '-') + " " + line;
  const std::time_t seconds = kept_at.microseconds / kMicrosecondsPerSecond;
  const std::tm local = fmt::localtime(seconds);
  const auto before = std::exchange(offset_, local.tm_gmtoff);
  return fmt::format("{}{:%Y-%m-%d %H:%M:%S} {}",
                     before && *before != local.tm_gmtoff ? offset_line(local.tm_gmtoff) : "",
                     local, line);
}

}  // namespace palabre::app
