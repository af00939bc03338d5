#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"

namespace palabre::chat {

/// A strongly typed integer.
template <typename Tag>
struct Id {
  std::uint64_t value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The index of a door of the server.
struct DoorIndex {
  std::uint8_t value = 0;
  friend auto operator<=>(const DoorIndex&,
                          const DoorIndex&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Identifies one session on this server. A guest's session lasts from its first datagram to its
/// departure. Assigned by its door; never reused during the life of a process.
struct SessionId {
  std::uint64_t value = 0;  ///< 1, 2, 3, ... in the order of arrival at this door; 0: no session
  DoorIndex door = {};
  friend bool operator==(const SessionId&, const SessionId&) = default;
  friend auto operator<=>(const SessionId& a, const SessionId& b) {
    return a.door == b.door ? a.value <=> b.value : a.door <=> b.door;
  }
};

/// A room that is open in this process. Assigned by the hub; a room that is closed and opened again
/// gets another id. Its name is the identity that outlives the process.
using RoomId = Id<struct RoomTag>;

/// A message's position in its room's log: 1, 2, 3, ... without gaps, never reused in one log.
using Number = Id<struct NumberTag>;

/// Identifies one incarnation of a room's log, so that a number of an earlier incarnation is never
/// taken for one of this. Random; assigned by the history.
using LogId = Id<struct LogTag>;

/// The short stable id of a member, whatever its nickname: the first 8 bytes of its key, the
/// highest first. 0: a guest, or not known.
using AuthorId = Id<struct AuthorTag>;

/// An author's id for one of its messages: 1 to 64 visible ASCII characters. It is kept longer than
/// the message's text, so that a message sent again is deduplicated.
struct MessageId {
  std::string text;
  friend bool operator==(const MessageId&, const MessageId&) = default;
};

/// A reader's position in a room: it has been sent everything up to and including `number`.
struct Cursor {
  LogId log;
  Number number;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace palabre::chat

template <typename Tag>
struct std::hash<palabre::chat::Id<Tag>> {
  std::size_t operator()(palabre::chat::Id<Tag> id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};

template <>
struct std::hash<palabre::chat::SessionId> {
  std::size_t operator()(const palabre::chat::SessionId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value ^ std::uint64_t{id.door.value} << 56U);
  }
};
