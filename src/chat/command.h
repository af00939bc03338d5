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

// The reasons for a refusal. `wire/` finds the first group while it parses, the hub the second
// while it decides, the guard the third. The last group is about logins, members and rooms.
// wire/refusals.cc has the words for each.
struct UnknownCommand {
  std::string name;  ///< as written, slash included
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
  bool is_reserved = false;  ///< by `Access::reserved_nicks`
};
struct LineTooLong {
  std::size_t bytes = 0;
  std::size_t limit = 0;
  std::optional<MessageId> id = {};  ///< the message's, if its author gave one
  bool has_author = true;            ///< `bytes` count the author's name
};
struct ServerFull {
  std::size_t limit = 0;
  bool of_members = false;  ///< true: members; false: guests
};
struct TooManyRooms {
  std::size_t limit = 0;
};
/// The room does not exist, and looks like `other`, which does.
struct LooksLikeRoom {
  RoomName room;
  RoomName other;
};

struct RoomFrozen {
  std::optional<MessageId> id = {};  ///< as above
};
/// The history does not keep the message, so it is delivered to nobody.
struct CannotKeep {
  Trouble trouble = Trouble::kDiskFull;
  std::optional<MessageId> id = {};  ///< the message's, if its author gave one
};
struct NothingKept {
  RoomName room;
};
struct BadMessageId {};
/// The message is blank.
struct NothingSaid {
  std::optional<MessageId> id = {};
};

struct TooFast {};
struct Muted {
  std::optional<MessageId> id = {};  ///< as above
};
struct LooksLikeOurs {};
/// Too many guests from one address, or from its network.
struct TooManyFromThere {};
/// Members are not admitted from this address.
struct NotFromHere {};

/// The login is missing, was made already on this connection, or has a wrong proof.
struct NotLoggedIn {
  enum class Why { kNotYet, kAlready, kWrongProof };
  Why why = Why::kNotYet;
};
/// A login with a key that has no nickname yet must ask for one.
struct NickMissing {};
/// A member keeps its nicknames for good, so their number is limited.
struct TooManyNicks {
  std::size_t limit = 0;
};
/// Every change of nickname is a record kept for good, so changes are rate limited.
struct TooManyRenames {
  Duration wait{};
};
/// The registry's log has not been read yet: the owners of nicknames and the frozen rooms are
/// unknown.
struct StillStarting {
  std::optional<MessageId> id = {};  ///< as above
};
/// The room is by invitation, and the session is not admitted. `why`: no invite, or the fault of
/// the one given.
struct NotInvited {
  enum class Why { kNoInvite, kUnknown, kSpent, kExpired, kRevoked, kOtherRoom, kGuest };
  RoomName room;
  Why why = Why::kNoInvite;
};
struct NoSuchMember {
  std::string nick;
};
/// A room for two with oneself.
struct NoOtherMember {};
/// One of the two members has reached its limit of rooms for two.
struct TooManyDirects {};
/// An operator named an invite that does not exist.
struct NoSuchInvite {};
/// The session is not in the room it named.
struct NotJoined {
  std::string room;
  std::optional<MessageId> id = {};  ///< of the message for that room
};
/// The session has reached its limit of rooms.
struct InTooManyRooms {
  std::size_t limit = 0;
};
/// Only members can do this. `what`: as written.
struct MembersOnly {
  std::string what;
};
/// Only a session that is always in one room can do this.
struct OneRoomOnly {
  std::string what;
};
/// A session that is always in one room cannot leave it.
struct AlwaysInOneRoom {};
/// A session that may be in several rooms named none.
struct RoomNotNamed {
  std::optional<MessageId> id = {};  ///< as above
};
/// The registry does not keep the record.
struct NotRecorded {
  Trouble trouble = Trouble::kDiskFull;
};

/// Why a request was refused. The special members of this and of the other large variants are in
/// their source files: instantiated in each file that includes this header, they took most of the
/// time of a build.
struct Refusal
    : std::variant<UnknownCommand, MissingArgument, BadNumber, TooManyCommands, BadNick,
                   BadRoomName, NickInUse, LineTooLong, ServerFull, TooManyRooms, RoomFrozen,
                   CannotKeep, NothingKept, BadMessageId, NothingSaid, TooFast, Muted,
                   LooksLikeOurs, TooManyFromThere, NotLoggedIn, NickMissing, TooManyNicks,
                   NotInvited, NoSuchMember, NotJoined, InTooManyRooms, NotRecorded, TooManyRenames,
                   StillStarting, MembersOnly, OneRoomOnly, AlwaysInOneRoom, RoomNotNamed,
                   LooksLikeRoom, NotFromHere, NoOtherMember, TooManyDirects, NoSuchInvite> {
  using variant::variant;
  Refusal(const Refusal& other);
  Refusal(Refusal&& other) noexcept;
  Refusal& operator=(const Refusal& other);
  Refusal& operator=(Refusal&& other) noexcept;
  ~Refusal();
};

/// The id of the refused message, if the refusal is about one that has an id.
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

/// A room for two, as one of its members names it.
struct Direct {
  Nick with;
};
using RoomRef = std::variant<RoomName, Direct>;

/// As people write it: `ops`, `@bob`.
inline std::string written(const RoomRef& room) {
  const auto* direct = std::get_if<Direct>(&room);
  return direct ? "@" + direct->with.shown : std::get<RoomName>(room).text;
}

/// The start position of a reader.
struct Start {
  std::optional<Cursor> after;  ///< after this position; else
  std::uint64_t last = 0;       ///< with this many past messages
};

// The requests of a session: one struct for each verb. Without a `room` the request is about the
// session's only room; a session with `Caps::many_rooms` must name it. Every session may make every
// request: the ones it has no right to are refused.

struct Post {
  std::optional<RoomRef> room = {};
  Kind kind = Kind::kText;
  std::string text;  ///< made safe to show, see `Message::text`
  /// With an id, the post may be retried until it is answered, is kept once, and is always
  /// answered.
  std::optional<MessageId> id = {};
};
/// Whether the session's own messages are acknowledged with their numbers, and others' messages are
/// sent with theirs.
struct SetAcks {
  bool on = true;
};
/// Reads a part of a room's past.
struct ReadPast {
  struct Last {
    std::uint64_t count = 0;  ///< this many of the last messages
  };
  struct From {
    Number number;  ///< this message and all that follow
  };
  struct Page {
    Number after;
    std::uint32_t count = 0;  ///< at most this many messages after `after`
  };
  std::optional<RoomRef> room = {};
  std::variant<Last, From, Page> what;
};
/// Enters a room: instead of the present one, or in addition with `Caps::many_rooms`.
struct Join {
  RoomRef room;
  Start start = {};
  std::optional<InviteHash> invite = {};
  WallTime at = {};  ///< when the request was made
};
struct Leave {
  std::optional<RoomRef> room = {};
};
/// The room's topic from now on, see `Topic`.
struct SetTopic {
  std::optional<RoomRef> room = {};
  std::string text;
};
struct TakeNick {
  Nick nick;
};
struct Who {
  std::optional<RoomRef> room = {};
};
/// A note shown beside its name; empty: not away.
struct SetAway {
  std::string note;
};
struct Help {};
struct Quit {};
/// A request that could not be parsed. It passes through the hub like any other, so that it is
/// answered in order and counts as a sign of life.
struct NotUnderstood {
  Refusal refusal;
};

struct Request : std::variant<Post, SetAcks, ReadPast, Join, Leave, SetTopic, TakeNick, Who,
                              SetAway, Help, Quit, NotUnderstood> {
  using variant::variant;
  Request(const Request& other);
  Request(Request&& other) noexcept;
  Request& operator=(const Request& other);
  Request& operator=(Request&& other) noexcept;
  ~Request();
};

/// Whether others hear of the request. A muted session may not make such a request.
inline bool is_heard_by_others(const Request& request) {
  return std::holds_alternative<Post>(request) || std::holds_alternative<SetTopic>(request) ||
         std::holds_alternative<TakeNick>(request) || std::holds_alternative<SetAway>(request);
}

/// Correlates an answer with its request. Chosen by the session; 0: none.
using Tag = Id<struct TagTag>;

// Operators' requests.

/// Lists the sessions online. With `nick`, also finds the one that has this nickname or one that
/// looks like it.
struct ListOnline {
  std::optional<Nick> nick = {};
};
struct ListRooms {};
/// Ends the session. A session that is not online is no error, here and in `Mute`.
struct Kick {
  SessionId session;
};
/// Mutes the guest, or all devices of the member, until `until`.
struct Mute {
  SessionId session;
  Instant until;
};
/// Makes a room read-only, or ends that.
struct Freeze {
  RoomName room;
  bool frozen = true;
};
struct MakeInvite {
  InviteMade record;
};
/// Revokes an invite: it admits nobody more. The first `bytes` bytes of `hash` must identify one
/// invite.
struct RevokeInvite {
  InviteHash hash;
  std::size_t bytes = InviteHash{}.bytes.size();
};
using OperatorRequest =
    std::variant<ListOnline, ListRooms, Kick, Mute, Freeze, MakeInvite, RevokeInvite>;

// The hub's input. All are values, so they may come from another thread.

/// A session comes online; its first command. Ignored if the session is online already. A guest is
/// identified by its address, and shown by it until it takes a nickname.
struct Arrive {
  SessionId session;
  Identity identity;
  Caps caps = {};
  std::optional<Nick> nick = {};         ///< requested for a key that has none yet
  std::optional<SessionId> evicts = {};  ///< this session ends first, without notice
  std::vector<Request> requests = {};    ///< as in `Ask`
  Tag tag = {};
};
/// One datagram or frame of a session: its requests, carried out in order up to the first refused
/// one; the rest was meant for another room or name than the session has then. No requests: a sign
/// of life. Ignored if the hub does not know the session.
struct Ask {
  SessionId session;
  std::vector<Request> requests;
  Tag tag = {};
};
/// The session's connection has ended.
struct HungUp {
  SessionId session;
};
/// The session's address has changed.
struct Moved {
  SessionId session;
  std::string address;
};
/// The registry's log holds this record. Told at the start for each record, and later for each new
/// one.
struct RecordKept {
  Record record;
};
struct RecordNotKept {
  Record record;
  Trouble trouble = Trouble::kDiskFull;
};
/// All records that the registry's log had at the start have been told. Before this no member comes
/// online, and no nickname is given.
struct RegistryRead {};
struct FromOperator {
  SessionId by;
  Tag tag;
  OperatorRequest request;
};
/// Due at `Hub::next_deadline`; harmless at any other time.
struct Tick {};
/// The server is shutting down: all sessions end.
struct Close {};

struct Command : std::variant<Arrive, Ask, HungUp, Moved, Advanced, Repeated, NotKept, RecordKept,
                              RecordNotKept, RegistryRead, FromOperator, Tick, Close> {
  using variant::variant;
  Command(const Command& other);
  Command(Command&& other) noexcept;
  Command& operator=(const Command& other);
  Command& operator=(Command&& other) noexcept;
  ~Command();
};

/// The event as a command.
inline Command to_command(LogEvent event) {
  return std::visit([](auto& one) -> Command { return std::move(one); }, event);
}

}  // namespace palabre::chat
