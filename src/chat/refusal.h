#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "chat/access.h"
#include "chat/budgets.h"
#include "chat/history.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/names.h"
#include "chat/order.h"

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
struct BadTime {
  std::string written;
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
  bool from_there = false;  ///< the share of the network that asks is full
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
/// The one who asks, or its network, has used up its budget, see `Budgets`.
struct TooMuchTaken {
  Good good = Good::kKey;
  Duration wait{};
  std::optional<MessageId> id = {};  ///< as above
};
/// The server does not take the key as a new member.
struct NotRegistered {
  Registration rule = Registration::kClosed;
  MemberKey key = {};
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
/// Something about private messages with one member is refused.
struct NotInPrivate {
  enum class Why {
    kNotAccepted,     ///< `limit` messages wait for it to accept
    kManyAsked,       ///< `limit` members have not accepted yet
    kHasNotAsked,     ///< there is no request of it to be accepted
    kIsBlocked,       ///< by the one who asks
    kTooManyBlocked,  ///< `limit` already
  };
  Why why = Why::kNotAccepted;
  std::string nick = {};  ///< the other member's
  std::size_t limit = 0;
  std::optional<MessageId> id = {};
};
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
/// The person has not the rank for the order, here or at all.
struct NotOperator {
  Order::Verb verb = Order::Verb::kKick;
  Rank least = Rank::kRoomOperator;
};
/// An order names nobody that is known here.
struct NobodyThere {
  std::string written;
  bool is_bare_address = false;  ///< several guests may be there
  bool must_be_member = false;
};
/// Somebody of the same rank, or of a higher one; or what somebody of a higher rank decided, or
/// what concerns the one who asks.
struct Outranked {
  std::string written = {};  ///< empty: it is a decision
};
/// An order about a room was given outside of one.
struct NoRoomGiven {};
/// No decision of this number is in force, or it cannot be taken back.
struct NoSuchDecision {
  std::uint64_t number = 0;
};
/// There is nothing of this kind to take back.
struct NothingToTakeBack {
  Order::Verb verb = Order::Verb::kUnban;
  std::string written;
};
/// Of so narrow a network nothing is known apart from its neighbours.
struct NetworkTooNarrow {
  std::string written;
};
/// There is no such message to be removed.
struct NoSuchMessage {
  std::uint64_t number = 0;
};
/// By a decision of an operator.
struct Banned {
  std::string room = {};                          ///< as written; empty: from the server
  std::optional<std::chrono::seconds> left = {};  ///< nothing: for good
  std::string why = {};
};
/// The room is slow, and it is not this author's turn.
struct NotYourTurn {
  std::uint32_t every = 0;  ///< seconds
  std::uint32_t wait = 0;   ///< seconds
  std::optional<MessageId> id = {};
};
/// The session was put out of the room by an operator.
struct PutOut {
  std::string room;
  std::string why = {};
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
                   LooksLikeRoom, NotFromHere, NoOtherMember, TooManyDirects, NotInPrivate,
                   NoSuchInvite, NotOperator, NobodyThere, Outranked, NoRoomGiven, NoSuchDecision,
                   NothingToTakeBack, NoSuchMessage, Banned, NotYourTurn, PutOut, BadTime,
                   TooMuchTaken, NotRegistered, NetworkTooNarrow> {
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

}  // namespace palabre::chat
