#pragma once

#include <variant>
#include <vector>

#include "chat/event.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::chat {

// What the hub has decided and others carry out, in this order.

/// Open the log of this room; comes before anything else about the room.
struct OpenRoom {
  RoomId room;
  RoomName name;
};
/// Nobody is in it any more; nothing more comes about this id.
struct CloseRoom {
  RoomId room;
};
/// From now on the session reads this room, from where its log ends.
struct StartReading {
  SessionId session;
  RoomId room;
};
/// The session reads this room no more. What was due to it before is still its own.
struct StopReading {
  SessionId session;
  RoomId room;
};
/// Hand this to the history; `Kept` comes back as a command.
struct Append {
  Draft draft;
};
/// The one effect of a message, however many readers there are.
struct RoomAdvanced {
  RoomId room;
  Number number;
  SessionId author_session;  ///< the only one that is not sent it live
  MessagePtr message;
};
struct Tell {
  SessionId session;
  Event event;
};
/// The session is over; nothing more comes about this id.
struct Gone {
  SessionId session;
};

using Effect =
    std::variant<OpenRoom, CloseRoom, StartReading, StopReading, Append, RoomAdvanced, Tell, Gone>;
using Effects = std::vector<Effect>;

}  // namespace palabre::chat
