#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"
#include "chat/number_ranges.h"

namespace palabre::wire {

// Entries of a room's log as JSON for scripts, one line each: protobuf's own mapping of `Message`,
// `Gap` and `Removed` in palabre.proto (64-bit numbers as strings), with the name of the room
// instead of its id.

std::string encode_json(const chat::RoomName& room, chat::Number number,
                        const chat::Message& message, WallTime kept_at);
/// `words`: the reason, for people.
std::string encode_json(const chat::RoomName& room, const chat::Missing& missing,
                        std::string_view words);
/// These messages were removed after they were sent.
std::string encode_json(const chat::RoomName& room, const chat::NumberRanges& removed);
/// The cursor was of another log of the room, as in `wire::encode_new_log`: only `from` has a
/// meaning.
std::string encode_json_of_new_log(const chat::RoomName& room, chat::Number from, chat::Number to,
                                   std::string_view words);

}  // namespace palabre::wire
