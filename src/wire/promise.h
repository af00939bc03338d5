#pragma once

#include <string>

#include "chat/keeping.h"

namespace palabre::wire {

/// A room's promise to keep messages, in words: `all is kept`, or `the last 1000 messages, 64 MiB
/// at most, are kept for 30 days`.
std::string in_words(const chat::Promise& promise);

}  // namespace palabre::wire
