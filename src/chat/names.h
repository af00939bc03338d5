#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace palabre::chat {

/// The name of a room in its one canonical form, which is also how it is shown: two names are the
/// same room exactly when these are equal. Made by `wire::parse_room_name`.
struct RoomName {
  std::string text;
  friend auto operator<=>(const RoomName&,
                          const RoomName&) = default;  // NOLINT(modernize-use-nullptr)
};

/// A nickname. Made by `wire::parse_nick`.
struct Nick {
  /// As its owner wrote it.
  std::string shown;
  /// What makes it unique: nicknames that a person could take for one another have the same key.
  std::string key;
  friend bool operator==(const Nick&, const Nick&) = default;
};

/// The name of the room where everybody begins.
inline constexpr std::string_view kLobby = "lobby";

/// The log that the registry is kept in, as a room that is kept for good. No name that can be
/// parsed begins with a dot, so nobody can join it.
inline constexpr std::string_view kRegistryRoom = ".registry";

}  // namespace palabre::chat
