#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wire/palabre.pb.h"

namespace palabre::client {

// What a server says in words, made safe: it is a stranger's.

/// A sentence has no more bytes; a longer one is cut, and ends with `…`.
inline constexpr std::size_t kMostWordsBytes = 1000;

/// On one line, at most `most_bytes` of it.
std::string line_of(std::string_view text, std::size_t most_bytes = kMostWordsBytes);
/// Of posts that wait for an answer, nothing where there are none: "2 messages are not known to be
/// kept, 1 was not sent". `in_doubt` of the `waiting` have been sent.
std::string words_of_waiting(std::size_t waiting, std::size_t in_doubt);
/// The server's own, or ours where it says nothing.
std::string words_of(const proto::Refused& refused);

}  // namespace palabre::client
