#pragma once

#include <string>
#include <string_view>

#include "chat/refusal.h"

namespace palabre::wire {

/// Limits a stranger's text that is quoted in an answer, to whole characters.
std::string_view shortened(std::string_view text);

// The texts of the refusals of orders, see `refusal_words`.
std::string words(const chat::NotOperator& refusal);
std::string words(const chat::NobodyThere& refusal);
std::string words(const chat::Outranked& refusal);
std::string words(const chat::NoRoomGiven& refusal);
std::string words(const chat::NoSuchDecision& refusal);
std::string words(const chat::NothingToTakeBack& refusal);
std::string words(const chat::NetworkTooNarrow& refusal);
std::string words(const chat::NoSuchMessage& refusal);

}  // namespace palabre::wire
