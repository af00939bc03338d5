#pragma once

#include <optional>
#include <string>

#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

std::string to_hex(const MemberKey& key);

/// The log of the room that two members have for themselves. No name that can be parsed begins with
/// `@`, so nobody else can join it.
RoomName direct_room(const MemberKey& a, const MemberKey& b);

/// With whom `member` has this room; nothing: it is no room for two of its.
std::optional<MemberKey> other_in(const RoomName& name, const MemberKey& member);

}  // namespace palabre::chat
