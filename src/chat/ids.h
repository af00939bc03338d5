#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"

namespace palabre::chat {

/// An integer that cannot be mistaken for another kind of integer.
template <typename Tag>
struct Id {
  std::uint64_t value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;  // NOLINT(modernize-use-nullptr)
};

/// A way in, by its place among the doors of the server.
struct DoorIndex {
  std::uint8_t value = 0;
  friend auto operator<=>(const DoorIndex&,
                          const DoorIndex&) = default;  // NOLINT(modernize-use-nullptr)
};

/// One stay of somebody on this server: a guest from its first datagram until it goes. Given by the
/// door it came in by, never used twice in the life of a process.
struct SessionId {
  std::uint64_t value = 0;  ///< 1, 2, 3, ... in the order of arrival at this door; 0: nobody
  DoorIndex door = {};
  friend bool operator==(const SessionId&, const SessionId&) = default;
  friend auto operator<=>(const SessionId& a, const SessionId& b) {
    return a.door == b.door ? a.value <=> b.value : a.door <=> b.door;
  }
};

/// A room that is open in this process. Given by the hub; a room that closes and opens again has
/// another. What outlives a process is its name.
using RoomId = Id<struct RoomTag>;

/// A message's place in its room's log: 1, 2, 3, ... without gaps, never used twice in one log.
using Number = Id<struct NumberTag>;

/// Names one life of a room's log, so that a number of an earlier life is never taken for one of
/// this life. Random; given by the history.
using LogId = Id<struct LogTag>;

/// An author's own name for a message of its, 1 to 64 visible ASCII characters. It outlives the
/// message's text, so that what is sent again is not said again.
struct MessageId {
  std::string text;
  friend bool operator==(const MessageId&, const MessageId&) = default;
};

/// What somebody has been sent of a room: everything up to and including `number`.
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
