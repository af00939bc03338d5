#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "chat/message.h"

namespace palabre::client {

/// Splits a message's text into the texts of several messages by the same author and of the same
/// kind, each of at most `line_bytes` (`chat::line_bytes`); one text if it fits. It is cut after a
/// newline, else where a line may break, such as after a word, else between two grapheme clusters.
/// Only blanks and newlines at the cuts are left out. If `line_bytes` leaves less than 16 bytes for
/// text, nothing is split.
std::vector<std::string> pieces(const chat::Message& message, std::size_t line_bytes);

}  // namespace palabre::client
