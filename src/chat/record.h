#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "chat/decision.h"
#include "chat/fact.h"
#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

// The records of the registry's log, in order. They bind nicknames to keys, admit members to rooms,
// and hold the state of a room beyond its last reader. wire/record.h encodes them as text.

/// Binds a nickname to a member for good. The member is shown by it until it takes another.
struct NickBound {
  MemberKey key;
  Nick nick;
  /// Not stored in the log: the nickname's key by today's rules, if it differs from the key it was
  /// bound under. That key is the member's too, unless another member owns it.
  std::string look_now = {};
  friend bool operator==(const NickBound&, const NickBound&) = default;
};
/// Creates an invite: the first `uses` members with the token of this hash may enter the room.
struct InviteMade {
  InviteHash hash;
  RoomName room;
  Expiry expiry;
  std::uint32_t uses = 1;
  friend bool operator==(const InviteMade&, const InviteMade&) = default;
};
/// Admits `by` to the invite's room, for good.
struct InviteUsed {
  InviteHash hash;
  MemberKey by;
  friend bool operator==(const InviteUsed&, const InviteUsed&) = default;
};
/// Revokes the invite: it admits no more members. Members already admitted stay.
struct InviteRevoked {
  InviteHash hash;
  friend bool operator==(const InviteRevoked&, const InviteRevoked&) = default;
};
/// `a` wants a room for two with `b`.
struct DirectOpened {
  MemberKey a;
  MemberKey b;
  /// It is a request, unless `b` has asked `a` before: then it accepts that request. False: the
  /// room is open to both at once. Records from before there were requests are like this.
  bool is_asked = false;
  friend bool operator==(const DirectOpened&, const DirectOpened&) = default;
};
/// `by` wants to be neither asked nor reached by `whom` in private. `holds`: false ends that.
struct Blocked {
  MemberKey by;
  MemberKey whom;
  bool holds = true;
  friend bool operator==(const Blocked&, const Blocked&) = default;
};

/// The fact holds of the room from now on.
struct RoomFact {
  RoomName room;
  Fact fact;
  /// Of a topic: who set it, see `Draft::owner`. Empty: not known.
  std::string owner = {};
  friend bool operator==(const RoomFact&, const RoomFact&) = default;
};

/// The member has made the room, and is its operator. Without a member: the room has no founder any
/// more.
struct RoomFounded {
  RoomName room;
  std::optional<MemberKey> by;
  friend bool operator==(const RoomFounded&, const RoomFounded&) = default;
};

/// The trial of a new member from a public network is over: it has spoken, or was let into a room,
/// and stays; or it did not in `Registry::Limits::trial`, and is forgotten.
struct TrialEnded {
  MemberKey key;
  bool stays = false;
  friend bool operator==(const TrialEnded&, const TrialEnded&) = default;
};

struct Record : std::variant<NickBound, InviteMade, InviteUsed, InviteRevoked, DirectOpened,
                             Blocked, RoomFact, RoomFounded, Decision, Undone, TrialEnded> {
  using variant::variant;
  Record(const Record& other);
  Record(Record&& other) noexcept;
  Record& operator=(const Record& other);
  Record& operator=(Record&& other) noexcept;
  ~Record();
};

}  // namespace palabre::chat
