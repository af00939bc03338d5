#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::chat {

// What the hub has decided and others carry out, in this order. All of it are values: a mailbox may
// carry them to another thread.

/// Open the log of this room; comes before anything else about the room.
struct OpenRoom {
  RoomId room;
  RoomName name;
  bool kept = false;  ///< what its log says is worth to have at hand
  Cursor end = {};    ///< of its log; set by the one who opens that, before others see this effect
};
/// Nobody is in it any more; nothing more comes about this id.
struct CloseRoom {
  RoomId room;
};
/// From now on the session reads this room.
struct StartReading {
  SessionId session;
  RoomId room;
  Start start = {};
};
/// The session reads this room no more. What was due to it before is still its own.
struct StopReading {
  SessionId session;
  RoomId room;
};
/// The session is to be shown a part of the room's past, its own messages included.
struct ShowPast {
  SessionId session;
  RoomId room;
  ReadPast what;
  Tag tag = {};
};
/// From now on the session is sent the number of each message before it, or no longer.
struct SetNumbered {
  SessionId session;
  bool numbered = false;
};
/// Hand this to the history; what becomes of it comes back as a command.
struct Append {
  Draft draft;
};
/// The one effect of a message, however many readers there are.
struct RoomAdvanced {
  RoomId room;
  Number number;
  SessionId author_session;  ///< the only one that is not sent it live; nobody: posted elsewhere
  MessagePtr message;
  /// What its author is sent in its place, in the order of the numbers, if anything.
  std::optional<Acknowledged> answer = {};
  WallTime kept_at = {};
};
struct Tell {
  SessionId session;
  Event event;
  Tag tag = {};  ///< of what it answers
};
/// Until then the session's door passes on nothing of it that others would hear. (A member's words
/// the hub refuses itself, on all of its devices.)
struct Silence {
  SessionId session;
  Instant until;
};
struct TellOperator {
  SessionId by;
  Tag tag;
  OperatorAnswer answer;
};
/// Append this to the log of the registry; `RecordKept` or `RecordNotKept` comes back as a command.
struct KeepRecord {
  Record record;
};
/// Something is kept of a member from now on. For the log, and nobody's session.
struct Noted {
  enum class What { kNewMember, kRenamed, kAdmitted };
  What what = What::kNewMember;
  MemberKey key;
  std::string nick;     ///< as shown now
  std::string address;  ///< of the session that asked for it; empty: it is gone
  RoomName room = {};   ///< of `kAdmitted`: by this invite, for good
  InviteHash invite = {};
};
/// The session is over; nothing more comes about this id.
struct Gone {
  SessionId session;
};

using Effect =
    std::variant<OpenRoom, CloseRoom, StartReading, StopReading, ShowPast, SetNumbered, Append,
                 RoomAdvanced, Tell, TellOperator, Silence, KeepRecord, Noted, Gone>;
using Effects = std::vector<Effect>;

}  // namespace palabre::chat
