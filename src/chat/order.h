#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/network.h"
#include "chat/decision.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

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

/// Somebody, as an operator names them.
struct Target {
  std::variant<Nick, Address, Network, MemberKey> whom;  ///< an `Address`: the guest there
  /// `2001:db8::1:5000` is a guest's address and port, and a complete address too.
  std::optional<Network> bare = {};
  std::string written = {};  ///< as written, for answers
};

/// How far the word of a person goes. A higher rank may do all that a lower one may, and only a
/// higher rank may act on somebody.
enum class Rank {
  kGuest,
  kMember,
  kRoomOperator,    ///< appointed, in its room
  kFounder,         ///< of the room
  kServerOperator,  ///< everywhere; appointed on the machine alone
  kMachine,         ///< the operator at the server's control socket
};

/// An order of an operator: one verb with its arguments, given in a chat or on the machine.
struct Order {
  enum class Verb {
    kKick,
    kBan,
    kUnban,
    kMute,
    kUnmute,
    kFreeze,
    kThaw,
    kSlow,
    kDelete,
    kExpel,
    kAppoint,
    kDismiss,
    kMarkBot,
    kUnmarkBot,
    kApprove,
    kUndo,
    kUndoBy,
    kForget,
    kForgetRoom,
    kOperators,
    kDecisions,
  };
  Verb verb = Verb::kDecisions;
  std::optional<Target> whom = {};
  /// Where: the room that the order is about, or in which it is given.
  std::optional<RoomRef> room = {};
  /// A kick, ban, mute or appointment holds in `room` alone. An order of a room's operator always
  /// does.
  bool is_here = false;
  std::optional<std::chrono::seconds> lasts = {};  ///< nothing: `OrderRow::lasts`; 0: for good
  std::optional<std::chrono::seconds> since = {};  ///< of `kUndoBy`: ago; nothing: everything
  std::uint64_t number = 0;                        ///< of a message, of a decision, or of seconds
  std::string why = {};                            ///< one line that is safe to show
};

/// A row of the table of orders.
struct OrderRow {
  Order::Verb verb;
  Rank least;  ///< who may, in the room or everywhere
  bool needs_whom = false;
  bool needs_number = false;      ///< 0 is allowed for `kSlow` only
  bool is_about_a_room = false;   ///< it has no meaning without one
  std::chrono::seconds lasts{0};  ///< if the order does not say; 0: for good
};

inline constexpr std::array kOrders = [] {
  using enum Order::Verb;
  using enum Rank;
  using std::chrono::minutes;
  return std::array{
      OrderRow{kKick, kRoomOperator, true},
      OrderRow{kBan, kRoomOperator, true, false, false, minutes(10)},
      OrderRow{kUnban, kRoomOperator, true},
      OrderRow{kMute, kRoomOperator, true, false, false, minutes(10)},
      OrderRow{kUnmute, kRoomOperator, true},
      OrderRow{kFreeze, kRoomOperator, false, false, true},
      OrderRow{kThaw, kRoomOperator, false, false, true},
      OrderRow{kSlow, kRoomOperator, false, true, true},
      OrderRow{kDelete, kRoomOperator, false, true, true},
      OrderRow{kExpel, kRoomOperator, true, false, true},
      OrderRow{kAppoint, kFounder, true},
      OrderRow{kDismiss, kFounder, true},
      OrderRow{kMarkBot, kServerOperator, true},
      OrderRow{kUnmarkBot, kServerOperator, true},
      OrderRow{kApprove, kServerOperator, true},
      OrderRow{kUndo, kRoomOperator, false, true},
      OrderRow{kUndoBy, kMachine, true},
      OrderRow{kForget, kMachine, true},
      OrderRow{kForgetRoom, kMachine, false, false, true},
      OrderRow{kOperators, kGuest},
      OrderRow{kDecisions, kRoomOperator},
  };
}();

inline const OrderRow& row_of(Order::Verb verb) {
  for (const OrderRow& row : kOrders) {
    if (row.verb == verb) return row;
  }
  return kOrders.front();  // not reached: every verb has a row, see order_test.cc
}

/// The outcome of an order that takes back all that somebody has done.
struct TakenBack {
  std::size_t messages = 0;  ///< removed until now
  std::size_t rooms = 0;     ///< in which these were
  bool goes_on = false;      ///< more messages are being removed
  std::size_t decisions = 0;
  std::size_t topics = 0;
  std::size_t founded = 0;  ///< rooms that it founded
  std::size_t members = 0;  ///< forgotten
};

/// The outcome of an order that was carried out.
struct Ruled {
  /// A decision as listed.
  struct Line {
    Number number;  ///< 0: the founder of a room
    Decision decision;
    std::string whom;
    std::string room;
    std::string by;
    WallTime at = {};
    bool is_over = false;
  };
  Order::Verb verb = Order::Verb::kDecisions;
  Decision decision = {};      ///< if one was made; else the one that was taken back
  Number number = {};          ///< of the decision made; 0: none was
  std::size_t taken_back = 0;  ///< how many decisions are over by this order
  std::string whom = {};       ///< as shown to the one who gave the order
  std::string room = {};       ///< likewise; empty: everywhere
  std::optional<std::chrono::seconds> lasts = {};  ///< of the decision; nothing: for good
  std::vector<std::string> ended = {};             ///< sessions that it ended or put out, as shown
  TakenBack all = {};                              ///< of `kUndoBy`, `kForget` and `kForgetRoom`
  std::vector<Line> lines = {};  ///< of `kOperators` and `kDecisions`, the oldest first
  WallTime now = {};
};

}  // namespace palabre::chat
