#include "client/server_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "wire/clean.h"

namespace palabre::client {
namespace {

/// "0.05 s", "12 s", "5 min"
std::string words_of_time(Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 10) return fmt::format("{:.2g} s", seconds);
  return seconds < 120 ? fmt::format("{:.0f} s", seconds) : fmt::format("{:.0f} min", seconds / 60);
}

}  // namespace

std::string line_of(std::string_view text, std::size_t most_bytes) {
  std::size_t end = std::min(text.size(), most_bytes);
  const bool is_cut = end < text.size();
  while (is_cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string line = wire::clean(text.substr(0, end)).text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return is_cut ? line + " …" : line;
}

std::string lines_of(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < kMostLines && !text.empty(); ++i) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (i > 0) lines += '\n';
    lines += line_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string words_of_waiting(std::size_t waiting, std::size_t in_doubt) {
  const auto messages = [](std::size_t count) {
    return count == 1 ? "1 message" : fmt::format("{} messages", count);
  };
  const std::size_t unsent = waiting - in_doubt;
  std::string words;
  if (in_doubt > 0) {
    words = fmt::format("{} {} unconfirmed", messages(in_doubt), in_doubt == 1 ? "is" : "are");
  }
  if (unsent > 0) {
    words += fmt::format("{} {} not sent",
                         words.empty() ? messages(unsent) : fmt::format(", {}", unsent),
                         unsent == 1 ? "was" : "were");
  }
  return words;
}

std::string words_of_pace(const Slowed& slowed) {
  return fmt::format("The server takes one message every {}", words_of_time(slowed.every));
}

std::string words_of_waiting(const Slowed& slowed, std::size_t waiting) {
  const Duration rest =
      slowed.every * static_cast<Duration::rep>(std::max<std::size_t>(waiting, 1) - 1);
  return fmt::format("{} wait{}, for about {}", waiting, waiting == 1 ? "s" : "",
                     words_of_time(slowed.next + rest));
}

std::string words_of(const proto::Refused& refused) {
  return refused.words().empty()
             ? fmt::format("The server refused it (reason {}).", static_cast<int>(refused.why()))
             : line_of(refused.words());
}

}  // namespace palabre::client
