#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "client/outcome.h"
#include "wire/palabre.pb.h"

namespace palabre::client {

// Text from a server, made safe to show: the server is not trusted.

/// Bytes of a sentence that are read, before cleaning. A longer sentence is cut and ends with ` …`.
inline constexpr std::size_t kMostWordsBytes = 1000;

/// The first `most_bytes` of `text`, cleaned (`wire::clean`) and on one line.
std::string line_of(std::string_view text, std::size_t most_bytes = kMostWordsBytes);
/// Lines that are each as `line_of` makes them; so many at most.
inline constexpr std::size_t kMostLines = 200;
std::string lines_of(std::string_view text);
/// "2 messages are unconfirmed, 1 was not sent". `waiting`: posts without an answer; `in_doubt` of
/// them have been sent. Empty if both are 0.
std::string words_of_waiting(std::size_t waiting, std::size_t in_doubt);
/// "The server takes one message every 0.5 s"
std::string words_of_pace(const Slowed& slowed);
/// "12 wait, for about 6 s": how long `waiting` posts, at least 1, wait at this pace.
std::string words_of_waiting(const Slowed& slowed, std::size_t waiting);
/// The server's words, or a sentence of our own if it gave none.
std::string words_of(const proto::Refused& refused);

}  // namespace palabre::client
