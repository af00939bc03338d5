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

// The hub's decisions, to be carried out in order. All are values: a mailbox may carry them to
// another thread.

/// Open the log of this room. Precedes every other effect for this id.
struct OpenRoom {
  RoomId room;
  RoomName name;
  bool kept = false;  ///< whether the room keeps its messages
  Cursor end = {};    ///< of its log; the house sets it before the doors see this effect
};
/// The room has no sessions left. The only effect that may still have this id is `RoomAdvanced`,
/// for a message that was in flight.
struct CloseRoom {
  RoomId room;
};
/// The session starts reading this room.
struct StartReading {
  SessionId session;
  RoomId room;
  Start start = {};
};
/// The session stops reading this room. Messages and answers already due to it are still sent.
struct StopReading {
  SessionId session;
  RoomId room;
  bool stays = false;  ///< in the room: `StartReading` follows, from another place
};
/// Send the session a part of the room's past, its own messages included.
struct ShowPast {
  SessionId session;
  RoomId room;
  ReadPast what;
  Tag tag = {};
};
/// Whether each live message to the session has its number.
struct SetNumbered {
  SessionId session;
  bool numbered = false;
};
/// Append this to the log; the history's answer (`Advanced`, `Repeated` or `NotKept`) comes back as
/// a command.
struct Append {
  Draft draft;
};
/// The single effect for a message, independent of the number of readers.
struct RoomAdvanced {
  RoomId room;
  Number number;
  /// The author's session: the only reader that is not sent the message live. 0: posted elsewhere.
  SessionId author_session;
  MessagePtr message;
  /// Sent to the author in place of the message, in the order of the numbers.
  std::optional<Acknowledged> answer = {};
  WallTime kept_at = {};
};
/// These messages of the room were removed. From now on no reader is sent their texts; readers
/// that may have seen them are told.
struct RoomRedacted {
  RoomId room;
  std::vector<Number> numbers;  ///< in order
};
struct Tell {
  SessionId session;
  Event event;
  Tag tag = {};  ///< of the request it answers
};
/// Nobody from this network is heard until `until`, nor admitted. Nothing: the ban is over.
struct NetworkBanned {
  Network network;
  std::optional<Instant> until;
};
struct TellOperator {
  SessionId by;
  Tag tag;
  OperatorAnswer answer;
};
/// Append this to the log of the registry; `RecordKept` or `RecordNotKept` comes back as a command.
struct KeepRecord {
  Record record;
  std::optional<Network> from = {};  ///< the public address (IPv6: /64) whose request it was
};
/// A new fact about a member, for the server's log; sent to no session.
struct Noted {
  enum class What { kNewMember, kRenamed, kAdmitted, kDecided, kTookBack };
  What what = What::kNewMember;
  MemberKey key;
  std::string nick;     ///< the nickname as shown now
  std::string address;  ///< of the session that asked; empty: it has ended
  RoomName room = {};   ///< `kAdmitted`: admitted for good, by `invite`
  InviteHash invite = {};
  /// `kDecided`, `kTookBack`: by this member, in a chat; about `whom`, as an operator sees it.
  std::optional<Decision> decision = {};
  std::string whom = {};
};
/// Which pace of posts the door holds the session to; without this effect, that of no bot.
struct SetPace {
  SessionId session;
  bool bot = false;  ///< its member is marked as a bot
};
/// The session has ended, or a guest was not admitted. No further effect is on this session; the
/// `author_session` of a `RoomAdvanced` may still have its id.
struct Gone {
  SessionId session;
};

struct Effect : std::variant<OpenRoom, CloseRoom, StartReading, StopReading, ShowPast, SetNumbered,
                             Append, RoomAdvanced, RoomRedacted, Tell, TellOperator, NetworkBanned,
                             KeepRecord, Noted, SetPace, Gone> {
  using variant::variant;
  Effect(const Effect& other);
  Effect(Effect&& other) noexcept;
  Effect& operator=(const Effect& other);
  Effect& operator=(Effect&& other) noexcept;
  ~Effect();
};
using Effects = std::vector<Effect>;

}  // namespace palabre::chat
