#include "client/server_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/clean.h"

namespace palabre::client {

std::string line_of(std::string_view text, std::size_t most_bytes) {
  std::size_t end = std::min(text.size(), most_bytes);
  const bool is_cut = end < text.size();
  while (is_cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string line = wire::clean(text.substr(0, end)).text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return is_cut ? line + " …" : line;
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

std::string words_of(const proto::Refused& refused) {
  return refused.words().empty()
             ? fmt::format("The server refused it (reason {}).", static_cast<int>(refused.why()))
             : line_of(refused.words());
}

}  // namespace palabre::client
