#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/network.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::chat {

/// Messages to be removed, with every copy of their texts that the history has. Their numbers stay:
/// a reader gets `Kind::kRemoved` in their place.
struct Removal {
  struct One {
    RoomName room;
    Number number;
  };
  /// All that an owner has said, or that was said from a network, since a time; in all rooms that
  /// keep their messages.
  struct By {
    std::optional<std::string> owner;  ///< see `Draft::owner`
    std::optional<Network> network;
    WallTime since;
  };
  /// All that was said in a room. The numbers stay.
  struct All {
    RoomName room;
  };
  std::variant<One, By, All> what;
};

/// A message to be appended to its room's log.
struct Draft {
  RoomId room;
  SessionId session;  ///< the author's session
  MessagePtr message;
  /// Stable identity of the author, whatever its nickname: a guest's address, or a member's key.
  /// The `id` is unique within it.
  std::string author;
  /// The author's id for the message; used to deduplicate a message that is sent again.
  std::optional<MessageId> id = {};
  /// Keeps a session's posts in order while many are in flight. Not 0: once a draft is not kept
  /// because of a transient trouble, no later draft of the same session and epoch is kept either.
  std::uint32_t epoch = 0;
  /// Position among all posts of the session, for the code that appends.
  std::uint64_t sequence = 0;
  /// Why the draft must not be kept. If set, the history only looks up whether the draft was kept
  /// earlier, before it was barred. Requires an `id`.
  enum class Bar { kNone, kMuted, kFrozen, kTooLong, kSlow };
  Bar bar = Bar::kNone;
  /// The author's share of a room is counted under this: a member's key, as in `author`, or a
  /// guest's network without its port (`192.168.52.2`, `2001:db8:0:1::/64`).
  std::string owner = {};
  /// The network that the draft comes from, if it is a public one: its authors have one share
  /// together.
  std::optional<Network> network = {};
  /// Carried out in the transaction that keeps the draft; null: nothing. (Rare, and a pointer, so
  /// that the many drafts in flight are small.)
  std::shared_ptr<const Removal> removes = {};
  /// The largest number that the message may get; 0: any. With a larger one it is refused like a
  /// draft with a `bar`.
  std::uint64_t most = 0;

  /// Whether it must not be kept as `number`; see `bar` and `most`.
  bool is_barred_as(Number number) const {
    return bar != Bar::kNone || (most != 0 && number.value > most);
  }
};

/// A draft that is in the log under its number, as durable as its history can promise.
struct Kept {
  Draft draft;
  Number number;
  /// An earlier draft with the same author and id is in the log already. `number` is that draft's,
  /// and may be of another room; the message is not delivered again.
  bool repeated = false;
  /// When the first draft was kept.
  WallTime kept_at = {};
  bool on_disk = false;  ///< synced; false: numbered, with no further promise
  /// The removal that the draft decides goes on: not all of its messages are removed yet.
  bool removes_on = false;
};

/// Why a history does not keep a draft. The draft is not in the log, and never will be.
enum class Trouble {
  kDiskFull,  ///< or a quota or file size limit is reached
  kDiskFailing,
  kLocked,        ///< another program has locked the file
  kTooManyRooms,  ///< the history's limit; closed rooms with kept messages count
  kTooMuchWaits,  ///< the queue to the disk is full
  /// An earlier post of its author was refused with a transient trouble, and must be kept first.
  kAfterAnother,
  kRegistryFull,  ///< the registry has reached a limit
  /// Registry records are damaged, so owners of nicknames are uncertain; an operator must decide.
  kDamagedRegistry,
  kNotReadBack,  ///< the line of this record would be read as another one
  kDamagedId,    ///< the message kept under this id is damaged; its author must use another id
  kBarred,       ///< the draft may not be kept (`Draft::bar`, `Draft::most`), and is not in the log
  /// The room is full of messages that may not be removed for this one, and its author has the
  /// largest share of them.
  kRoomFull,
  kAllFull,  ///< the total of all rooms is reached, or the disk keeps no more of strangers
};
/// Whether the same draft may be kept on a later retry.
constexpr bool is_transient(Trouble trouble) {
  return trouble != Trouble::kDamagedId && trouble != Trouble::kNotReadBack &&
         trouble != Trouble::kTooManyRooms && trouble != Trouble::kRegistryFull &&
         trouble != Trouble::kBarred && trouble != Trouble::kRoomFull;
}
struct NotKept {
  Draft draft;
  Trouble trouble;
};

/// A history's answer to one draft.
using Verdict = std::variant<Kept, NotKept>;

/// Identifies the draft of a message, on the server where it was posted.
struct DraftRef {
  SessionId session;
  std::optional<MessageId> id = {};
};

/// A message is in a room's log. Every server that shares the log gets this event, wherever the
/// message was posted.
struct Advanced {
  RoomId room;
  Number number;
  MessagePtr message;
  WallTime kept_at = {};
  bool on_disk = false;
  std::optional<DraftRef> draft = {};  ///< nothing: posted on another server
  bool removes_on = false;             ///< see `Kept`
};
/// A draft was in the log already, see `Kept::repeated`.
struct Repeated {
  RoomId room;
  Number number;
  WallTime kept_at = {};
  bool on_disk = false;
  DraftRef draft;
};

/// Messages were removed. Slices taken after this event have none of them. The event precedes the
/// `Advanced` of the draft that removed them, unless that one `removes_on`.
struct Removed {
  RoomName room;
  std::vector<Number> numbers;  ///< in order
};

/// An event of the logs. The events of a room have one order, the same for every reader.
using LogEvent = std::variant<Advanced, Repeated, NotKept, Removed>;

/// Converts the answer to a draft into the hub's event.
LogEvent to_event(Verdict verdict);

/// A range of messages that cannot be read: `from` to `to`, both included.
struct Missing {
  enum class Why {
    kNotKept,  ///< the room keeps no messages, or a guest left it before they were sent
    kExpired,  ///< removed by the room's retention
    kDamaged,  ///< the bytes on the disk are not those written
    kUnread,   ///< the disk cannot read them at the moment
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

/// Matches a slice to its `Read`. Chosen by the door that asks.
struct ReadId {
  std::uint64_t value = 0;
  DoorIndex door = {};
  friend bool operator==(const ReadId&, const ReadId&) = default;
};
/// A door's request to read a log, from the number after `after`.
struct Read {
  ReadId id;
  RoomId room;
  Number after;
  std::size_t most_bytes = 0;
};

/// A part of a log. Its entries are in order, and cover every number after `after`, up to and
/// including `up_to`.
struct Slice {
  ReadId id;  ///< of the `Read` it answers
  RoomId room;
  Number after;
  Number up_to;
  std::vector<std::variant<PastMessage, Missing>> entries;
};

/// The port to the logs of rooms.
///
/// Only the history assigns numbers. In each log they have no gaps, are never reused, and follow
/// the order in which drafts were appended. All calls are made on one thread, the hub's. No call
/// blocks on a disk: an implementation that has to wait queues the request, works on another
/// thread, and returns the result from a later `take_events` or `take_slices`; it wakes the caller
/// of those.
class History {
 public:
  virtual ~History() = default;

  /// Opens the log of `name`, which `room` identifies until `close`. Requires that no other open
  /// room has this name or id. Returns the end of the log as of the events taken so far: a reader
  /// that starts there gets no past messages, and misses no later ones.
  virtual Cursor open(RoomId room, const RoomName& name) = 0;

  /// Ends the use of this id. Drafts already appended are still answered: if the room has been
  /// opened again, under its new id, else under the old one.
  virtual void close(RoomId room) = 0;

  /// Requires that `draft.room` is open.
  virtual void append(Draft draft) = 0;

  /// Returns the events since the last call, in the order of the numbers of each room. After a
  /// failure of the whole history some drafts are never answered: whether they are kept is unknown.
  virtual std::vector<LogEvent> take_events() = 0;

  /// Starts a read of the entries after `read.after`: at least one entry, and more while their
  /// texts do not exceed `read.most_bytes`. Requires that `read.room` is open, and that
  /// `read.after` is before the end of its log as of the events taken so far.
  virtual void read(const Read& read) = 0;

  /// Returns the slices read since the last call, in the order of the requests. Reads of rooms
  /// closed in the meantime are dropped.
  virtual std::vector<Slice> take_slices() = 0;
};

}  // namespace palabre::chat
