#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::wire {

// What a room's log has, as JSON for scripts: a line each. It is protobuf's own mapping of
// `Message` and `Gap` in palabre.proto (64 bits as strings), with the room by its name in the place
// of its id.

std::string encode_json(const chat::RoomName& room, chat::Number number,
                        const chat::Message& message, WallTime kept_at);
/// `words`: why, for people.
std::string encode_json(const chat::RoomName& room, const chat::Missing& missing,
                        std::string_view words);
/// The room began anew, as `wire::encode_new_log` says it: only `from` has a meaning.
std::string encode_json_of_new_log(const chat::RoomName& room, chat::Number from, chat::Number to,
                                   std::string_view words);

}  // namespace palabre::wire
