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
struct Joined {
  RoomName room;
  std::size_t others = 0;
  Promise promise = {};
};
struct NickTaken {
  std::string shown;
};
struct Present {
  RoomName room;
  std::size_t here = 0;
  std::vector<std::string> names;  ///< as shown, in order of arrival; the first of them, if many
  std::string you;                 ///< how the one who asked is shown
};
struct HelpText {};
struct IdleWarning {
  Duration left;
};
struct Farewell {
  enum class Why { kQuit, kIdle, kKicked, kClosing };
  Why why = Why::kQuit;
};
struct Refused {
  Refusal refusal;
};
/// Its message is in the log.
struct Acknowledged {
  Number number;
  std::optional<MessageId> id = {};  ///< as its author named it
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

using Event = std::variant<Welcome, Joined, NickTaken, Present, HelpText, IdleWarning, Farewell,
                           Refused, Acknowledged, AcksSet, Rereading, Gap, MoreToRead>;

}  // namespace palabre::chat
