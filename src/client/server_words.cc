#include "client/server_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/clean.h"

namespace palabre::client {

std::string line_of(const std::string& text) {
  std::string line = wire::clean(text).text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::string words_of_waiting(std::size_t waiting, std::size_t in_doubt) {
  const auto messages = [](std::size_t count) {
    return count == 1 ? "1 message" : fmt::format("{} messages", count);
  };
  const std::size_t unsent = waiting - in_doubt;
  std::string words;
  if (in_doubt > 0) {
    words =
        fmt::format("{} {} not known to be kept", messages(in_doubt), in_doubt == 1 ? "is" : "are");
  }
  if (unsent > 0) {
    words += fmt::format("{} {} not sent",
                         words.empty() ? messages(unsent) : fmt::format(", {}", unsent),
                         unsent == 1 ? "was" : "were");
  }
  return words;
}

std::string words_of(const proto::Refused& refused) {
  return refused.words().empty()
             ? fmt::format("The server refused it (reason {}).", static_cast<int>(refused.why()))
             : line_of(refused.words());
}

}  // namespace palabre::client
