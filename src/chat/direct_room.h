#pragma once

#include <optional>
#include <string>
#include <utility>

#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

std::string to_hex(const MemberKey& key);

/// The name of the room for two of `a` and `b`, in either order. No name that can be parsed begins
/// with `@`, so nobody else can join it.
RoomName direct_room(const MemberKey& a, const MemberKey& b);

/// The two members of a room for two, in the order of their keys. Nothing: it is another room.
std::optional<std::pair<MemberKey, MemberKey>> members_of(const RoomName& name);

bool is_direct_room(const RoomName& name);

/// The other member of a room for two of `member`. Returns nothing if `name` is not such a room.
std::optional<MemberKey> other_in(const RoomName& name, const MemberKey& member);

}  // namespace palabre::chat
