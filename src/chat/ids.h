#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace palabre::chat {

/// A moment on the monotonic clock. It is always an argument, never asked for: only the loop at the
/// very outside reads a clock, so a day of idleness is tested in a microsecond.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// A moment as the wall clock had it: microseconds since 1970; 0: not known. To be shown, and to
/// tell what is over; nothing that has to be right goes by it.
struct WallTime {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const WallTime&,
                          const WallTime&) = default;  // NOLINT(modernize-use-nullptr)
};

/// An integer that cannot be mistaken for another kind of integer.
template <typename Tag>
struct Id {
  std::uint64_t value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;  // NOLINT(modernize-use-nullptr)
};

/// One stay of somebody on this server: a guest from its first datagram until it goes. Given by
/// `net/`, never used twice in the life of a process.
using SessionId = Id<struct SessionTag>;

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
