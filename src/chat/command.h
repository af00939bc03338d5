#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "chat/history.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/names.h"
#include "chat/record.h"

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
/// A message without a word.
struct NothingSaid {
  std::optional<MessageId> id = {};
};

struct TooFast {};
struct Muted {
  std::optional<MessageId> id = {};  ///< as above
};
struct LooksLikeOurs {};
/// Too many guests of one address or neighbourhood.
struct TooManyFromThere {};

/// A member who did not prove to be who it says, or who asks before it has.
struct NotLoggedIn {};
/// A key without a nickname has to ask for one.
struct NickMissing {};
/// A member's nicknames are its for good: there is an end to them.
struct TooManyNicks {
  std::size_t limit = 0;
};
/// Each change of nickname is kept for good, so there is an end to those too, for a while.
struct TooManyRenames {
  Duration wait{};
};
/// It is not known yet whose a nickname is.
struct StillStarting {};
/// It is by invitation, and this is nobody who was invited. `why`: what is wrong with the invite
/// that came, in a word.
struct NotInvited {
  enum class Why { kNoInvite, kUnknown, kSpent, kExpired, kOtherRoom, kGuest };
  RoomName room;
  Why why = Why::kNoInvite;
};
struct NoSuchMember {
  std::string nick;
};
/// What asks for a room where the session is not.
struct NotJoined {
  std::string room;
  std::optional<MessageId> id = {};  ///< of the message that was meant for there
};
/// A session is in so many rooms at most.
struct InTooManyRooms {
  std::size_t limit = 0;
};
/// The registry does not keep what was asked for.
struct NotRecorded {
  Trouble trouble = Trouble::kDiskFull;
};

using Refusal =
    std::variant<UnknownCommand, MissingArgument, BadNumber, TooManyCommands, BadNick, BadRoomName,
                 NickInUse, LineTooLong, ServerFull, TooManyRooms, RoomFrozen, CannotKeep,
                 NothingKept, BadMessageId, NothingSaid, TooFast, Muted, LooksLikeOurs,
                 TooManyFromThere, NotLoggedIn, NickMissing, TooManyNicks, NotInvited, NoSuchMember,
                 NotJoined, InTooManyRooms, NotRecorded, TooManyRenames, StillStarting>;

/// The message that it is about, if its author gave it an id.
inline std::optional<MessageId> post_refused_by(const Refusal& refusal) {
  return std::visit(
      [](const auto& why) -> std::optional<MessageId> {
        if constexpr (requires { why.id; }) {
          return why.id;
        } else {
          return std::nullopt;
        }
      },
      refusal);
}

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

/// The room that two members have for themselves, as one of them asks for it.
struct Direct {
  Nick with;
};
using RoomRef = std::variant<RoomName, Direct>;

/// Where a reader begins.
struct Start {
  std::optional<Cursor> after;  ///< what it has had; else
  std::uint64_t last = 0;       ///< so many messages before those that will come
};
/// A member is in a room besides those where it is already.
struct Enter {
  RoomRef room;
  Start start;
  std::optional<InviteHash> invite;
  WallTime at;  ///< of the asking
};
struct Leave {
  RoomRef room;
};
/// A page of a room's past, beside what comes from the cursor.
struct ReadPast {
  RoomRef room;
  Number after;
  std::uint32_t count = 0;
};
/// A post, or a question, of somebody who is in several rooms: for this one.
struct PostTo {
  RoomRef room;
  Post post;
};
struct WhoIn {
  RoomRef room;
};
/// What is shown beside its name; empty: it is there.
struct SetAway {
  std::string note;
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

using Request = std::variant<Post, SetAcks, Reread, Join, TakeNick, Who, Help, Quit, NotUnderstood,
                             Enter, Leave, ReadPast, PostTo, WhoIn, SetAway>;

/// A session's own name for what it asks, 0 for none; what answers it has it too.
using Tag = Id<struct TagTag>;

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
  Tag tag = {};
};
/// Somebody has proven to be the member of this key, and comes online. `nick` is wanted where the
/// key has none yet.
struct Login {
  SessionId session;
  std::string address;
  MemberKey key;
  std::optional<Nick> nick;
  Tag tag = {};
};
/// Its connection is gone.
struct HungUp {
  SessionId session;
};
/// The registry's log has this record, at the start or as an answer to `KeepRecord`.
struct RecordKept {
  Record record;
};
struct RecordNotKept {
  Record record;
  Trouble trouble = Trouble::kDiskFull;
};
/// An operator makes an invite.
struct MakeInvite {
  InviteMade record;
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
/// An operator lets a member say nothing until then, on none of its devices.
struct Mute {
  SessionId session;
  Instant until;
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

using Command = std::variant<Arrive, FromSession, Login, HungUp, Heard, Kept, NotKept, RecordKept,
                             RecordNotKept, MakeInvite, Evict, Kick, Mute, Freeze, Tick, Close>;

}  // namespace palabre::chat
