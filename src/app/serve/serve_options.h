#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/access.h"
#include "chat/keeping.h"
#include "chat/names.h"
#include "guard/policy.h"
#include "store/retention.h"

namespace palabre::app {

/// What `palabre serve` can be told, each by a flag or by the key of the same name in the file.
/// packaging/palabre.toml says what each is for.
struct ServeOptions {
  std::string bind = "::";
  std::uint16_t port = 5000;
  std::size_t max_guests = 4096;
  std::chrono::seconds idle{600};
  std::filesystem::path data;  ///< the folder of what is kept; empty: the usual, see data_folder.h
  bool memory = false;         ///< nothing is kept
  std::set<chat::RoomName> memory_rooms;  ///< of these nothing is kept
  std::set<chat::RoomName> invitation_rooms;
  /// The table [keep] of the file: what every room keeps.
  store::Retention keep{.age = std::chrono::days(90), .count = 100'000, .bytes = 64 << 20};
  std::string user = "palabre";  ///< whom a server that root starts becomes
  std::string log_level = "info";
  std::filesystem::path control;  ///< empty: at the usual place, see control_socket.h
  /// The table [guard] of the file; `in_all` is `max_guests`, and `members` is `members.from`.
  guard::Policy guard;
  /// The table [members] of the file.
  struct Members {
    bool admitted = true;
    std::optional<guard::Members> from;  ///< nothing: from where guests may come
    // One's own, in PEM; both or neither.
    std::filesystem::path key;
    std::filesystem::path certificate;
    std::size_t most = 8192;       ///< connections at once
    std::size_t per_address = 64;  ///< of them
    // How fast one may ask; what is faster waits.
    std::uint32_t burst = 1000;
    std::uint32_t per_second = 500;
    std::size_t unreadable = 0;  ///< records of who is who that an operator goes on without
  };
  Members members;
};

/// What was given on the command line; the rest is the file's to say, then the defaults'.
struct ServeFlags {
  std::optional<std::string> bind;
  std::optional<std::uint16_t> port;
  std::optional<std::size_t> max_guests;
  std::optional<std::uint32_t> idle_seconds;
  std::optional<std::filesystem::path> data;
  bool memory = false;
  std::optional<std::string> user;
  std::optional<std::string> log_level;
  std::optional<std::string> guests;
  std::optional<std::string> members;
  std::optional<std::filesystem::path> control;
  std::optional<std::filesystem::path> config;
};

// The ranges, the same for flag and file.
inline constexpr std::uint32_t kMostGuests = 16'384;  // leaving a room is linear in it
inline constexpr std::uint32_t kLeastIdleSeconds = 2;
inline constexpr std::uint32_t kMostIdleSeconds = 7 * 24 * 3600;

/// `lan`, `all` or `none`, and back; nothing where a word is none of them.
std::string_view guests_word(guard::Guests guests);
std::optional<guard::Guests> parse_guests(std::string_view word);

/// `lan` or `all`, likewise.
std::string_view members_word(guard::Members members);
std::optional<guard::Members> parse_members(std::string_view word);

/// The rule of each door on who may enter, in words. Of options that `resolve` has returned.
std::string who_may_enter(const ServeOptions& options);

/// What holds where nothing is said. In a container nobody is on a network that it reaches without
/// a router, or everybody is: there public sources are admitted, by their code.
ServeOptions default_options(bool in_container);

/// What rooms promise under these options.
chat::Keeping keeping_of(const ServeOptions& options);

/// Who may enter which room under these options.
chat::Access access_of(const ServeOptions& options);

/// Puts flags, file and defaults together. The error names the file, the line and the key.
Result<ServeOptions> resolve(const ServeFlags& flags, const ServeOptions& defaults = {});

}  // namespace palabre::app
