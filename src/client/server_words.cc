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

std::string words_of(const proto::Refused& refused) {
  return refused.words().empty()
             ? fmt::format("The server refused it (reason {}).", static_cast<int>(refused.why()))
             : line_of(refused.words());
}

}  // namespace palabre::client
