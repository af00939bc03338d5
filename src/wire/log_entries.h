#pragma once

#include "base/time.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "wire/palabre.pb.h"

namespace palabre::wire {

// Entries of a room's log as palabre.proto messages, for frames and for JSON.

void fill(proto::Message& to, chat::RoomId room, chat::Number number, const chat::Message& message,
          WallTime kept_at);
void fill(proto::Gap& to, chat::RoomId room, const chat::Missing& missing);

}  // namespace palabre::wire
