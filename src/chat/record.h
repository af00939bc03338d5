#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

/// When something is over, in seconds since 1970; 0: never.
struct Expiry {
  std::int64_t seconds = 0;
  bool is_over(WallTime now) const {
    return seconds != 0 && now.microseconds / 1'000'000 >= seconds;
  }
  friend bool operator==(const Expiry&, const Expiry&) = default;
};

// What the registry is made of: one after the other they say who is who, who may go where, and what
// holds of a room after its last reader has left.
// wire/record.h has them as text.

/// The nickname is this member's, for good, and what it is shown by until it takes another.
struct NickBound {
  MemberKey key;
  Nick nick;
  /// Not kept: what the rules of today make of the nickname, where that is another key than it was
  /// bound under. It is the member's too, unless it is somebody else's.
  std::string look_now = {};
  friend bool operator==(const NickBound&, const NickBound&) = default;
};
/// Whoever has the token of this hash may enter the room, as one of the first `uses` members.
struct InviteMade {
  InviteHash hash;
  RoomName room;
  Expiry expiry;
  std::uint32_t uses = 1;
  friend bool operator==(const InviteMade&, const InviteMade&) = default;
};
/// `by` may enter the invite's room, for good.
struct InviteUsed {
  InviteHash hash;
  MemberKey by;
  friend bool operator==(const InviteUsed&, const InviteUsed&) = default;
};
/// The invite lets in nobody more. Those that it has let in stay.
struct InviteRevoked {
  InviteHash hash;
  friend bool operator==(const InviteRevoked&, const InviteRevoked&) = default;
};
/// These two have a room of their own; `a` has opened it.
struct DirectOpened {
  MemberKey a;
  MemberKey b;
  friend bool operator==(const DirectOpened&, const DirectOpened&) = default;
};

/// The room is read, not written, from now on; or is written again.
struct RoomFreeze {
  RoomName room;
  bool frozen = true;
  friend bool operator==(const RoomFreeze&, const RoomFreeze&) = default;
};

using Record =
    std::variant<NickBound, InviteMade, InviteUsed, InviteRevoked, DirectOpened, RoomFreeze>;

}  // namespace palabre::chat
