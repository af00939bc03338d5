#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace palabre::chat {

/// A room's name in canonical form, which is also the form shown. Two names are the same room
/// exactly if they are equal. Made by `wire::parse_room_name`.
struct RoomName {
  std::string text;
  friend auto operator<=>(const RoomName&,
                          const RoomName&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Whether the name is one for two people: `@` and both keys in a server, `@NICK` in a client.
inline bool is_for_two(const RoomName& room) { return room.text.starts_with('@'); }

/// A nickname. Made by `wire::parse_nick`.
struct Nick {
  /// As its owner wrote it.
  std::string shown;
  /// The unique key: nicknames that a person could confuse have the same key.
  std::string key;
  friend bool operator==(const Nick&, const Nick&) = default;
};

/// The name of the room in which guests start.
inline constexpr std::string_view kLobby = "lobby";

/// The name of the registry's log, which is a room that keeps its messages for good. No name that
/// can be parsed begins with a dot, so nobody can join it.
inline constexpr std::string_view kRegistryRoom = ".registry";

}  // namespace palabre::chat
