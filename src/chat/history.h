#pragma once

#include <vector>

#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::chat {

/// A message on its way into its room's log.
struct Draft {
  RoomId room;
  SessionId session;  ///< who posted it
  MessagePtr message;
};

/// A draft that is in the log, for good as far as its history can promise, under its number.
struct Kept {
  Draft draft;
  Number number;
};

/// The port behind which rooms are numbered logs.
///
/// Only the history gives numbers: without gaps, never one twice in one log, in the order in which
/// the drafts of a room were appended. One thread at a time, the hub's. Never blocks on a disk: an
/// implementation that has to wait takes the draft, works elsewhere, and answers at a later
/// `take_kept`.
class History {
 public:
  virtual ~History() = default;

  /// Opens the log of `name`; `room` names it from now on, until `close`. Returns where the log
  /// ends: a reader that starts there is shown nothing of the past.
  virtual Cursor open(RoomId room, const RoomName& name) = 0;

  /// The room is used no more under this id. Drafts of it that were appended are still answered.
  virtual void close(RoomId room) = 0;

  /// Requires that `draft.room` is open.
  virtual void append(Draft draft) = 0;

  /// What has been kept since the last call, in the order of the numbers of each room.
  virtual std::vector<Kept> take_kept() = 0;
};

}  // namespace palabre::chat
