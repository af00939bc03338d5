#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/budgets.h"
#include "chat/history.h"
#include "chat/identity.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/names.h"
#include "chat/order.h"
#include "chat/record.h"
#include "chat/refusal.h"

namespace palabre::chat {

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
/// About private messages with another member, or which members these are.
struct Contact {
  enum class What {
    kAccept,  ///< its request to write; the room for two is open to both then
    kBlock,   ///< neither its requests nor its private messages are shown; it is not told
    kUnblock,
    kRequests,  ///< lists the members whose requests are neither accepted nor blocked
    kBlocked,   ///< lists the members that are blocked
  };
  What what = What::kRequests;
  std::optional<Nick> with = {};  ///< not of a list
};
constexpr bool is_list(Contact::What what) {
  return what == Contact::What::kRequests || what == Contact::What::kBlocked;
}
struct Help {};
struct Quit {};
/// A request that could not be parsed. It passes through the hub like any other, so that it is
/// answered in order and counts as a sign of life.
struct NotUnderstood {
  Refusal refusal;
};

struct Request : std::variant<Post, SetAcks, ReadPast, Join, Leave, SetTopic, TakeNick, Who,
                              SetAway, Contact, Order, Help, Quit, NotUnderstood> {
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

/// Lists the sessions online.
struct ListOnline {};
struct ListRooms {};
/// Lists the members who registered since a time, the latest first.
struct ListMembers {
  std::optional<std::chrono::seconds> since = {};  ///< ago; nothing: all
};
/// Lists rooms with what is known of each: the open ones, and those with facts; or the rooms that
/// somebody has founded.
struct DescribeRooms {
  std::optional<Target> by = {};
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
using OperatorRequest = std::variant<ListOnline, ListRooms, Order, MakeInvite, RevokeInvite,
                                     ListMembers, DescribeRooms>;

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
  std::optional<InviteHash> invite = {};  ///< for a key that is no member yet
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
  Ip ip = {};
  Reach reach = Reach::kLoopback;
  bool is_exempt = true;
};
/// The registry's log holds this record. Told at the start for each record, and later for each new
/// one.
struct RecordKept {
  Record record;
  Number number = {};  ///< in the registry's log
  WallTime kept_at = {};
  std::optional<Network> from = {};  ///< see `KeepRecord`
  bool removes_on = false;           ///< see `Kept`
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
/// The wall clock now. The hub counts on from there until the next one: decisions end by the wall
/// clock, also over a restart.
struct WallClock {
  WallTime at;
};
/// Due at `Hub::next_deadline`; harmless at any other time.
struct Tick {};
/// The server is shutting down: all sessions end.
struct Close {};

struct Command
    : std::variant<Arrive, Ask, HungUp, Moved, Advanced, Repeated, NotKept, Removed, RecordKept,
                   RecordNotKept, RegistryRead, FromOperator, WallClock, Tick, Close> {
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
