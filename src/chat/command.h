#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::chat {

// Why somebody is not given what it asked for. `wire/` finds the first group while it reads, the
// hub the second while it decides, the guard the third at the door; the words for each are in
// wire/notice.cc.
struct UnknownCommand {
  std::string name;  ///< as it was written, slash included
};
struct MissingArgument {
  std::string usage;  ///< `/join ROOM`
};
struct BadNumber {
  std::string usage;
};
struct TooManyCommands {
  std::size_t limit = 0;  ///< in one datagram
};
struct BadNick {};
struct BadRoomName {};

struct NickInUse {
  std::string nick;
};
struct LineTooLong {
  std::size_t bytes = 0;
  std::size_t limit = 0;
  std::optional<MessageId> id = {};  ///< of the message, if its author gave it one
};
struct ServerFull {
  std::size_t limit = 0;
};
struct TooManyRooms {
  std::size_t limit = 0;
};

struct RoomFrozen {
  std::optional<MessageId> id = {};  ///< as above
};
/// The history does not keep what was posted, and so nobody is sent it.
struct CannotKeep {
  Trouble trouble = Trouble::kDiskFull;
  std::optional<MessageId> id = {};  ///< of the message, if its author gave it one
};
struct NothingKept {
  RoomName room;
};
struct BadMessageId {};

struct TooFast {};
struct Muted {};
struct LooksLikeOurs {};
/// Too many guests of one address or neighbourhood.
struct TooManyFromThere {};

using Refusal =
    std::variant<UnknownCommand, MissingArgument, BadNumber, TooManyCommands, BadNick, BadRoomName,
                 NickInUse, LineTooLong, ServerFull, TooManyRooms, RoomFrozen, CannotKeep,
                 NothingKept, BadMessageId, TooFast, Muted, LooksLikeOurs, TooManyFromThere>;

// What a session asks for.
struct Post {
  Kind kind = Kind::kText;
  std::string text;  ///< made safe already, see `Message::text`
  /// With it, the post may be repeated until it is answered, and is said once. It is answered in
  /// any case.
  std::optional<MessageId> id = {};
};
/// Whether its messages are answered with their numbers, and others' come with theirs.
struct SetAcks {
  bool on = true;
};
/// The last so many messages of the room where it is, or those from a number on, come again.
struct Reread {
  struct Last {
    std::uint64_t count = 0;
  };
  struct From {
    Number number;
  };
  std::variant<Last, From> what;
};
struct Join {
  RoomName room;
};
struct TakeNick {
  Nick nick;
};
struct Who {};
struct Help {};
struct Quit {};
/// What could not be read. It goes the way of everything else, so that it is answered in order and
/// counts as a sign of life.
struct NotUnderstood {
  Refusal refusal;
};

using Request = std::variant<Post, SetAcks, Reread, Join, TakeNick, Who, Help, Quit, NotUnderstood>;

// What the hub is told.

/// A guest that is not online has been heard at `address`, which is how it is known and shown until
/// it takes a nickname: `[192.168.52.2:54524]`.
struct Arrive {
  SessionId session;
  std::string address;
};
/// A session asks. One that the hub does not know (any more) is ignored.
struct FromSession {
  SessionId session;
  Request request;
};
/// A session was heard but asked for nothing (an empty line): a sign of life.
struct Heard {
  SessionId session;
};
/// The guard gives this guest's place away: it goes without a word, since its address may be
/// forged.
struct Evict {
  SessionId session;
};
/// An operator shows a guest the door.
struct Kick {
  SessionId session;
};
/// An operator lets a room be read but not written, or ends that. A room that is not open has
/// nothing to freeze.
struct Freeze {
  RoomName room;
  bool frozen = true;
};
/// Time has passed; due at `Hub::next_deadline`, harmless at any other moment.
struct Tick {};
/// The server is closing: everybody goes.
struct Close {};

using Command =
    std::variant<Arrive, FromSession, Heard, Kept, NotKept, Evict, Kick, Freeze, Tick, Close>;

}  // namespace palabre::chat
