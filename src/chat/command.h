#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/history.h"
#include "chat/identity.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/names.h"
#include "chat/record.h"

namespace palabre::chat {

// Why somebody is not given what it asked for. `wire/` finds the first group while it reads, the
// hub the second while it decides, the guard the third at the door; the words for each are in
// wire/refusals.cc.
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
  bool is_reserved = false;  ///< nobody's, see `Access`
};
struct LineTooLong {
  std::size_t bytes = 0;
  std::size_t limit = 0;
  std::optional<MessageId> id = {};  ///< of the message, if its author gave it one
};
struct ServerFull {
  std::size_t limit = 0;
  bool of_members = false;  ///< else of guests
};
struct TooManyRooms {
  std::size_t limit = 0;
};
/// A room that is not there yet, and could be taken for another that is.
struct LooksLikeRoom {
  RoomName room;
  RoomName other;
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
/// A member from an address of which none is admitted.
struct NotFromHere {};

/// A login is missing, has been made before on that connection, or has a wrong proof.
struct NotLoggedIn {
  enum class Why { kNotYet, kAlready, kWrongProof };
  Why why = Why::kNotYet;
};
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
/// It is not known yet whose a nickname is, nor which rooms are frozen.
struct StillStarting {
  std::optional<MessageId> id = {};  ///< as above
};
/// It is by invitation, and this is nobody who was invited. `why`: what is wrong with the invite
/// that came, in a word.
struct NotInvited {
  enum class Why { kNoInvite, kUnknown, kSpent, kExpired, kRevoked, kOtherRoom, kGuest };
  RoomName room;
  Why why = Why::kNoInvite;
};
struct NoSuchMember {
  std::string nick;
};
/// A room for two is not for one.
struct NoOtherMember {};
/// One of the two members has as many rooms for two as there may be.
struct TooManyDirects {};
/// Of what an operator names: there is no such invite.
struct NoSuchInvite {};
/// What asks for a room where the session is not.
struct NotJoined {
  std::string room;
  std::optional<MessageId> id = {};  ///< of the message that was meant for there
};
/// A session is in so many rooms at most.
struct InTooManyRooms {
  std::size_t limit = 0;
};
/// What only somebody with a key can do; `what` as it is written.
struct MembersOnly {
  std::string what;
};
/// What only somebody who is always in just one room can do.
struct OneRoomOnly {
  std::string what;
};
/// Where somebody is always in one room.
struct AlwaysInOneRoom {};
/// Somebody who may be in several rooms has not named one.
struct RoomNotNamed {
  std::optional<MessageId> id = {};  ///< as above
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
                 NotJoined, InTooManyRooms, NotRecorded, TooManyRenames, StillStarting, MembersOnly,
                 OneRoomOnly, AlwaysInOneRoom, RoomNotNamed, LooksLikeRoom, NotFromHere,
                 NoOtherMember, TooManyDirects, NoSuchInvite>;

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

// What a session asks for: one struct a verb. Where a verb has a `room`, nothing is the room where
// the session is; a session of `Caps::many_rooms` has to name it. Every request is good for every
// session: what one cannot have it is refused.

struct Post {
  std::optional<RoomRef> room = {};
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
/// A part of a room's past comes again, or for the first time.
struct ReadPast {
  struct Last {
    std::uint64_t count = 0;  ///< so many of the last messages
  };
  struct From {
    Number number;  ///< this one and all that follow
  };
  struct Page {
    Number after;
    std::uint32_t count = 0;
  };
  std::optional<RoomRef> room = {};
  std::variant<Last, From, Page> what;
};
/// To another room, or to one more.
struct Join {
  RoomRef room;
  Start start = {};
  std::optional<InviteHash> invite = {};
  WallTime at = {};  ///< of the asking
};
struct Leave {
  std::optional<RoomRef> room = {};
};
struct TakeNick {
  Nick nick;
};
struct Who {
  std::optional<RoomRef> room = {};
};
/// What is shown beside its name; empty: it is there.
struct SetAway {
  std::string note;
};
struct Help {};
struct Quit {};
/// What could not be read. It goes the way of everything else, so that it is answered in order and
/// counts as a sign of life.
struct NotUnderstood {
  Refusal refusal;
};

using Request = std::variant<Post, SetAcks, ReadPast, Join, Leave, TakeNick, Who, SetAway, Help,
                             Quit, NotUnderstood>;

/// Whether others hear of it: what somebody who is muted cannot ask for.
inline bool is_heard_by_others(const Request& request) {
  return std::holds_alternative<Post>(request) || std::holds_alternative<TakeNick>(request);
}

/// A session's own name for what it asks, 0 for none; what answers it has it too.
using Tag = Id<struct TagTag>;

// What an operator asks for.

/// Who is online, and who of them goes by this nickname, or by one that looks like it.
struct ListOnline {
  std::optional<Nick> nick = {};
};
struct ListRooms {};
/// Shows somebody the door.
struct Kick {
  SessionId session;
};
/// Lets somebody say nothing until then; a member on none of its devices.
struct Mute {
  SessionId session;
  Instant until;
};
/// Lets a room be read but not written, or ends that.
struct Freeze {
  RoomName room;
  bool frozen = true;
};
struct MakeInvite {
  InviteMade record;
};
/// Takes an invite back: it lets in nobody more. It is named by the first `bytes` of its hash, as
/// many as tell it from all others.
struct RevokeInvite {
  InviteHash hash;
  std::size_t bytes = InviteHash{}.bytes.size();
};
using OperatorRequest =
    std::variant<ListOnline, ListRooms, Kick, Mute, Freeze, MakeInvite, RevokeInvite>;

// What the hub is told. All of it are values: they may come from another thread.

/// Somebody comes online; the first thing that is said of a session. `address` is how a guest is
/// known and shown until it takes a nickname.
struct Arrive {
  SessionId session;
  Identity identity;
  Caps caps = {};
  std::optional<Nick> nick = {};         ///< wanted by a key that has none yet
  std::optional<SessionId> evicts = {};  ///< whose place it takes: that one goes, without a word
  std::vector<Request> requests = {};    ///< as in `Ask`
  Tag tag = {};
};
/// One datagram or frame of a session: what it asks for, in order, up to the first request that is
/// refused; what follows was meant for another room or name than the session has then. No request:
/// a sign of life. A session that the hub does not know (any more) is ignored.
struct Ask {
  SessionId session;
  std::vector<Request> requests;
  Tag tag = {};
};
/// Its connection is gone.
struct HungUp {
  SessionId session;
};
/// It is elsewhere now.
struct Moved {
  SessionId session;
  std::string address;
};
/// The registry's log has this record, at the start or later.
struct RecordKept {
  Record record;
};
struct RecordNotKept {
  Record record;
  Trouble trouble = Trouble::kDiskFull;
};
/// All that the registry's log had at the start has been told. Before, nobody with a key comes
/// online, and no nickname is given.
struct RegistryRead {};
struct FromOperator {
  SessionId by;
  Tag tag;
  OperatorRequest request;
};
/// Time has passed; due at `Hub::next_deadline`, harmless at any other moment.
struct Tick {};
/// The server is closing: everybody goes.
struct Close {};

using Command = std::variant<Arrive, Ask, HungUp, Moved, Advanced, Repeated, NotKept, RecordKept,
                             RecordNotKept, RegistryRead, FromOperator, Tick, Close>;

/// The event as the hub is told it.
inline Command to_command(LogEvent event) {
  return std::visit([](auto& one) -> Command { return std::move(one); }, event);
}

}  // namespace palabre::chat
