#pragma once

#include <string>

#include "wire/palabre.pb.h"

namespace palabre::client {

// What a server says in words, made safe: it is a stranger's.

/// On one line.
std::string line_of(const std::string& text);
/// The server's own, or ours where it says nothing.
std::string words_of(const proto::Refused& refused);

}  // namespace palabre::client
