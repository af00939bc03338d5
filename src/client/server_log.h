#pragma once

#include <cstdint>
#include <string>

#include "chat/history.h"
#include "chat/number_ranges.h"
#include "client/outcome.h"
#include "wire/palabre.pb.h"

namespace palabre::client {

// Entries of a room's log as a server sends them, made safe to show.

/// A message's number is not 0, and not the largest value: every number has a successor.
bool is_number(std::uint64_t number);
/// Without author and text if the message was removed.
Line line_of_log(const proto::Message& message);
std::string words_of(const proto::Gap& gap);
chat::Missing::Why why_of(const proto::Gap& gap);
/// Without ranges that make no sense.
chat::NumberRanges ranges_of(const proto::Removed& removed);

}  // namespace palabre::client
