#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/names.h"

namespace palabre::chat {

// What one session is told, in answer or unasked. Messages are not events: readers follow a room's
// log with a cursor.

/// It has come online.
struct Welcome {
  RoomName room;
  std::size_t others = 0;                ///< in the room, besides itself
  bool back = false;                     ///< it was here before, and is in the room where it was
  std::optional<std::string> nick;       ///< as shown, where it got one back
  std::optional<std::string> lost_nick;  ///< the one it had, where somebody else has it now
  Promise promise = {};
};
/// It is in this room, asked for or, where it is a room for two, not.
struct Joined {
  RoomId room;
  std::string name;  ///< as it is written to this session
  std::size_t others = 0;
  Promise promise = {};
  bool by_invitation = false;
};
/// It has come online, and is in no room yet.
struct LoggedIn {
  std::string nick;
  std::vector<std::string> direct_with;  ///< with whom it has a room for two, as shown
  std::size_t line_bytes = 0;            ///< see `Limits`
};
struct HasLeft {
  RoomId room;
};
struct AwaySet {
  std::string note;
};
struct NickTaken {
  std::string shown;
};
struct Present {
  RoomName room;
  std::size_t here = 0;
  struct Person {
    std::string name;  ///< as shown
    bool is_guest = true;
    std::string away = {};  ///< its note, if it is
  };
  std::vector<Person> people;  ///< in order of arrival; the first of them, if many
  std::string you;             ///< how the one who asked is shown
};
struct HelpText {};
struct IdleWarning {
  Duration left;
};
struct Farewell {
  enum class Why { kQuit, kIdle, kKicked, kClosing, kReplaced };
  Why why = Why::kQuit;
};
struct Refused {
  Refusal refusal;
};
/// Its message is in the log.
struct Acknowledged {
  Number number;
  std::optional<MessageId> id = {};  ///< as its author named it
  RoomId room = {};
  WallTime kept_at = {};
  bool kept = false;      ///< on the disk, synced; else numbered, in a memory room
  bool repeated = false;  ///< since an earlier time; the number may be another room's
};
struct AcksSet {
  bool on = true;
  bool kept = false;  ///< what the room where it is does with messages
};
/// What comes again: messages `from` to `to`, nothing where `to` is before `from`.
struct Rereading {
  Number from;
  Number to;
};
/// Messages `missing` will not come to it.
struct Gap {
  Missing missing;
};

/// What comes again is more than is sent unasked; it ends before `from`.
struct MoreToRead {
  Number from;
};

using Event =
    std::variant<Welcome, Joined, NickTaken, Present, HelpText, IdleWarning, Farewell, Refused,
                 Acknowledged, AcksSet, Rereading, Gap, MoreToRead, LoggedIn, HasLeft, AwaySet>;

// What an operator is answered.

/// Who is online, in the order of their doors and of arrival.
struct Online {
  struct Session {
    SessionId session;
    std::string address;
    std::string shown;
    std::vector<RoomName> rooms;  ///< where it is
    Duration silent;              ///< since it last asked for anything, or gave a sign of life
    bool is_guest = true;
  };
  std::vector<Session> sessions;
  std::optional<SessionId> holder;  ///< of the nickname that was asked for
};
/// Rooms, by name: those that are open, and those about which something holds.
struct Rooms {
  struct Room {
    RoomName name;
    std::size_t present = 0;
    bool frozen = false;
  };
  std::vector<Room> rooms;
  std::size_t open = 0;    ///< of them
  std::size_t guests = 0;  ///< sessions that are online
  std::size_t members = 0;
};
struct Done {};

using OperatorAnswer = std::variant<Online, Rooms, Done, Refused>;

}  // namespace palabre::chat
