#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/network.h"
#include "base/time.h"
#include "chat/fact.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

/// An expiry time in seconds since 1970; 0: never.
struct Expiry {
  std::int64_t seconds = 0;
  bool is_over(WallTime now) const {
    return seconds != 0 && now.microseconds / kMicrosecondsPerSecond >= seconds;
  }
  friend bool operator==(const Expiry&, const Expiry&) = default;
};

/// A guest, by its address as shown: `[192.168.52.2:54524]`.
struct GuestAt {
  std::string address;
  friend auto operator<=>(const GuestAt&,
                          const GuestAt&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Whom a decision is about: a member on all its devices, one guest, or everybody at an address.
using Whom = std::variant<MemberKey, GuestAt, Network>;

// The acts of operators. Those with a `room` hold in that room; without one, everywhere. Those with
// a duration end with their decision (`Decision::until`), or when it is undone.

/// Ended the sessions, or put them out of the room. They may come back.
struct Kick {
  static constexpr bool kLasts = false;
  Whom whom;
  std::optional<RoomName> room = {};
  friend bool operator==(const Kick&, const Kick&) = default;
};
/// May not come in.
struct Ban {
  static constexpr bool kLasts = true;
  Whom whom;
  std::optional<RoomName> room = {};
  friend bool operator==(const Ban&, const Ban&) = default;
};
/// Reads, and is not heard: neither messages nor anything else that others would see.
struct Mute {
  static constexpr bool kLasts = true;
  Whom whom;
  std::optional<RoomName> room = {};
  friend bool operator==(const Mute&, const Mute&) = default;
};
/// May act as an operator.
struct Appoint {
  static constexpr bool kLasts = true;
  MemberKey whom;
  std::optional<RoomName> room = {};
  friend bool operator==(const Appoint&, const Appoint&) = default;
};
/// A program, with a pace of its own; it is shown as one.
struct MarkBot {
  static constexpr bool kLasts = true;
  MemberKey whom;
  friend bool operator==(const MarkBot&, const MarkBot&) = default;
};
/// The key may become a member, whatever `Access::registration` says.
struct Approve {
  static constexpr bool kLasts = true;
  MemberKey whom;
  friend bool operator==(const Approve&, const Approve&) = default;
};
/// Ended the member's admission to a room by invitation, and put it out.
struct Expel {
  static constexpr bool kLasts = false;
  RoomName room;
  MemberKey whom;
  friend bool operator==(const Expel&, const Expel&) = default;
};
/// Removed a message.
struct Delete {
  static constexpr bool kLasts = false;
  RoomName room;
  Number number;
  friend bool operator==(const Delete&, const Delete&) = default;
};

/// Set a fact of the room. It holds until the decision ends, or another fact of its kind follows.
struct Rule {
  static constexpr bool kLasts = true;
  RoomName room;
  Fact fact;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Took back all that somebody has done since a time: removed the messages, ended the decisions,
/// cleared the topics, gave up the rooms; and forgot the members who registered since then. Of a
/// network: what its guests did, and the members who registered from there.
struct UndoBy {
  static constexpr bool kLasts = false;
  std::variant<MemberKey, Network> by;
  std::int64_t since = 0;  ///< in seconds since 1970
  friend bool operator==(const UndoBy&, const UndoBy&) = default;
};
/// Ended a member's registration: its nicknames and its place are free, its appointments are over.
/// Its messages stay, and the bans and mutes of its key.
struct Forget {
  static constexpr bool kLasts = false;
  MemberKey whom;
  friend bool operator==(const Forget&, const Forget&) = default;
};

/// Removed all messages of a room, its facts, its founder and the appointments in it. Those who are
/// in it stay, and bans and mutes hold on.
struct ForgetRoom {
  static constexpr bool kLasts = false;
  RoomName room;
  friend bool operator==(const ForgetRoom&, const ForgetRoom&) = default;
};

using Act = std::variant<Kick, Ban, Mute, Appoint, MarkBot, Approve, Expel, Delete, Rule, UndoBy,
                         Forget, ForgetRoom>;

/// A decision of an operator, kept in the registry's log. Its id is its number there.
struct Decision {
  Act act;
  std::optional<MemberKey> by = {};  ///< nothing: on the machine of the server
  Expiry until = {};                 ///< of an act that lasts
  std::string why = {};              ///< one line that is safe to show; may be empty
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// The decision is taken back.
struct Undone {
  Number decision;
  std::optional<MemberKey> by = {};
  friend bool operator==(const Undone&, const Undone&) = default;
};

}  // namespace palabre::chat
