#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/number_ranges.h"
#include "wire/palabre.pb.h"

namespace palabre::wire {

// Entries of a room's log as palabre.proto messages, for frames and for JSON.

void fill(proto::Message& to, chat::RoomId room, chat::Number number, const chat::Message& message,
          WallTime kept_at);
void fill(proto::Gap& to, chat::RoomId room, const chat::Missing& missing);
void fill(proto::Removed& to, chat::RoomId room, const chat::NumberRanges& removed);

/// 16 hexadecimal digits; empty if it is 0.
std::string to_text(chat::AuthorId id);
/// 0 for any other text.
chat::AuthorId parse_author_id(std::string_view text);

}  // namespace palabre::wire
