#pragma once

#include <string>

#include "chat/command.h"

namespace palabre::wire {

/// A refusal in words for people: one or two sentences, without a newline.
std::string refusal_words(const chat::Refusal& refusal);

}  // namespace palabre::wire
