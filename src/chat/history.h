#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
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
  /// Whose `id` is meant, whatever nickname it goes by: a guest's address.
  std::string author;
  /// The author's own name for the message, so that one sent again is known for what it is.
  std::optional<MessageId> id = {};
  /// Where it is not 0: once a draft is not kept for a trouble that is transient, no draft of the
  /// same session and epoch that was appended after it is kept either. So what a session posts
  /// stays in its order, however much of it was under way.
  std::uint32_t epoch = 0;
  std::uint64_t sequence = 0;  ///< among all that the session has posted; for whoever appends
  /// Why it must not be kept: then it is only looked up whether it has been, before it was barred.
  /// Requires an `id`.
  enum class Bar { kNone, kMuted, kFrozen, kTooLong };
  Bar bar = Bar::kNone;
};

/// A draft that is in the log, for good as far as its history can promise, under its number.
struct Kept {
  Draft draft;
  Number number;
  /// It has been there since an earlier draft of this author and id, whose text it has; nobody is
  /// to be sent it again. The number may be another room's: the first draft went there.
  bool repeated = false;
  /// When it was kept first.
  WallTime kept_at = {};
  bool on_disk = false;  ///< synced; else numbered, and nothing more is promised
};

/// Why a history does not keep a draft. It is not in the log, and never will be.
enum class Trouble {
  kDiskFull,  ///< or a quota, or a limit of file sizes, is reached
  kDiskFailing,
  kLocked,           ///< another program holds the file
  kTooManyRooms,     ///< more than the history has place for, kept ones that nobody is in included
  kTooMuchWaits,     ///< the disk is slower than the talk
  kAfterAnother,     ///< one of its author's before it was refused for the moment, and goes first
  kRegistryFull,     ///< what is kept of members and rooms has place for no more of it
  kDamagedRegistry,  ///< who has which nickname is not known for certain; an operator must decide
  kDamagedId,        ///< what was kept under its id is damaged; its author must use another
  kBarred,           ///< it was only looked up (`Draft::bar`), and is not there
};
/// Whether the same draft may be kept a little later.
constexpr bool is_transient(Trouble trouble) {
  return trouble != Trouble::kDamagedId && trouble != Trouble::kTooManyRooms &&
         trouble != Trouble::kRegistryFull && trouble != Trouble::kBarred;
}
struct NotKept {
  Draft draft;
  Trouble trouble;
};

/// How a history answers one draft.
using Verdict = std::variant<Kept, NotKept>;

/// Which draft of which session a message was, for the server that it was posted at.
struct DraftRef {
  SessionId session;
  std::optional<MessageId> id = {};
};

/// A message is in a room's log. It is told of as this on every server that shares the log,
/// wherever it was posted.
struct Advanced {
  RoomId room;
  Number number;
  MessagePtr message;
  WallTime kept_at = {};
  bool on_disk = false;
  std::optional<DraftRef> draft = {};  ///< nothing: it was posted elsewhere
};
/// A draft has been in the log before, as `Kept::repeated` says.
struct Repeated {
  RoomId room;
  Number number;
  WallTime kept_at = {};
  bool on_disk = false;
  DraftRef draft;
};

/// What the logs have to say, in one order for each room, the same for every reader of it.
using LogEvent = std::variant<Advanced, Repeated, NotKept>;

/// The answer to a draft as the hub hears it.
LogEvent to_event(Verdict verdict);

/// Messages that cannot be read any more: `from` to `to`, both included.
struct Missing {
  enum class Why {
    kNotKept,  ///< the room keeps none
    kExpired,  ///< the room keeps them no longer
    kDamaged,  ///< the bytes on the disk are not those that were written
    kUnread,   ///< the disk does not give them at the moment
  };
  Number from;
  Number to;
  Why why = Why::kNotKept;
};
struct PastMessage {
  Number number;
  MessagePtr message;
  WallTime kept_at = {};
};

/// Which reading of a log a slice answers. Given by the door that asks.
struct ReadId {
  std::uint64_t value = 0;
  DoorIndex door = {};
  friend bool operator==(const ReadId&, const ReadId&) = default;
};
/// What a door asks of a log: to read on from `after`.
struct Read {
  ReadId id;
  RoomId room;
  Number after;
  std::size_t most_bytes = 0;
};

/// A part of a log. Its entries are in order, and account for every number after `after`, up to and
/// including `up_to`.
struct Slice {
  ReadId id;  ///< of the `Read` that it answers
  RoomId room;
  Number after;
  Number up_to;
  std::vector<std::variant<PastMessage, Missing>> entries;
};

/// The port behind which rooms are numbered logs.
///
/// Only the history gives numbers: without gaps, never one twice in one log, in the order in which
/// the drafts of a room were appended. One thread at a time, the hub's. Never blocks on a disk: an
/// implementation that has to wait takes what it is asked, works elsewhere, and answers at a later
/// `take_events` or `take_slices`; it wakes whoever is to ask for them.
class History {
 public:
  virtual ~History() = default;

  /// Opens the log of `name`; `room` names it from now on, until `close`. Requires that no other
  /// does. Returns where the log ends as far as events have been taken: a reader that starts
  /// there is shown nothing of the past, and misses nothing of what comes.
  virtual Cursor open(RoomId room, const RoomName& name) = 0;

  /// The room is used no more under this id. Drafts of it that were appended are still answered:
  /// under the id that its log has then, if it has been opened again.
  virtual void close(RoomId room) = 0;

  /// Requires that `draft.room` is open.
  virtual void append(Draft draft) = 0;

  /// What the logs have to say since the last call, in the order of the numbers of each room. After
  /// a failure of the history as a whole some drafts are never answered: nobody knows whether they
  /// are kept.
  virtual std::vector<LogEvent> take_events() = 0;

  /// Reads on from `read.after`: at least one entry, more while their texts are not beyond
  /// `read.most_bytes`. Requires that `read.room` is open, and that `read.after` is before the end
  /// of its log as far as events have been taken.
  virtual void read(const Read& read) = 0;

  /// What has been read since the last call, in the order of asking. Of rooms that were closed
  /// meanwhile nothing comes.
  virtual std::vector<Slice> take_slices() = 0;
};

}  // namespace palabre::chat
