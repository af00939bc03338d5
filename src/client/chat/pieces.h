#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "chat/message.h"

namespace palabre::client {

/// The texts of as many messages of the same author and kind as `message` needs where none may have
/// more than `line_bytes` (`chat::line_bytes`); its own where one is enough. It is cut after a line
/// of it, or where one may end, after a word say; where there is no such place, between two
/// characters as readers see them. Nothing is left out but blanks and newlines at the cuts.
std::vector<std::string> pieces(const chat::Message& message, std::size_t line_bytes);

}  // namespace palabre::client
