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

/// The options of `palabre serve`, each set by a flag or by the key of the same name in the file.
/// packaging/palabre.toml documents each.
struct ServeOptions {
  std::string bind = "::";
  std::uint16_t port = 5000;
  std::size_t max_guests = 4096;
  std::chrono::seconds idle{600};
  std::filesystem::path data;  ///< the data folder; empty: the default, see data_folder.h
  bool memory = false;         ///< no messages are stored
  std::set<chat::RoomName> memory_rooms;  ///< rooms whose messages are not stored
  std::set<chat::RoomName> invitation_rooms;
  /// The table [keep] of the file: the retention of every room.
  store::Retention keep{.age = std::chrono::days(90),
                        .count = 100'000,
                        .bytes = std::uint64_t{64} << 20,
                        .floor = std::chrono::days(7),
                        .total = std::uint64_t{4096} << 20,
                        .free_percent = 10};
  std::string user = "palabre";  ///< the user that a server started as root becomes
  std::string log_level = "info";
  std::filesystem::path control;  ///< empty: the default, see control_socket.h
  /// The table [guard] of the file; `resolve` sets `in_all` to `max_guests`, and `members` by
  /// `members.from`.
  guard::Policy guard;
  /// `names` in [guard]; nothing: decided by `guard.guests`, see `resolve`.
  std::optional<guard::Names> names;
  double budget_times = 1;  ///< `budget-times` in [guard], see `chat::Limits`
  /// The table [members] of the file.
  struct Members {
    bool admitted = true;
    std::optional<guard::Members> from;  ///< nothing: decided by `guard.guests`, see `resolve`
    chat::Registration registration = chat::Registration::kOpen;
    // The operator's own, in PEM; both or neither.
    std::filesystem::path key;
    std::filesystem::path certificate;
    std::size_t most = 8192;                 ///< connections at once
    std::size_t per_address = 64;            ///< of them, from one address or IPv6 /64
    std::optional<std::size_t> per_network;  ///< from a /24 or IPv6 /56; nothing: an eighth
    std::optional<std::size_t> per_site;     ///< from an IPv6 /48; nothing: a quarter
    std::size_t handshakes = 400;            ///< new connections a second, see `QuicAdmission`
    // The rate limit of a session; faster requests wait.
    std::uint32_t burst = 1000;
    std::uint32_t per_second = 500;
    std::size_t unreadable = 0;  ///< number of damaged registry records the operator accepts
  };
  Members members;
};

/// Options given on the command line; missing ones come from the file, then from the defaults.
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

// Ranges, the same for flags and file.
inline constexpr std::uint32_t kMostGuests = 16'384;  // leaving a room is linear in it
inline constexpr std::uint32_t kLeastIdleSeconds = 2;
inline constexpr std::uint32_t kMostIdleSeconds = 7 * 24 * 3600;

/// `lan`, `all` or `none`, and back; nothing for any other word.
std::string_view guests_word(guard::Guests guests);
std::optional<guard::Guests> parse_guests(std::string_view word);

/// The same for `lan` or `all`.
std::string_view members_word(guard::Members members);
std::optional<guard::Members> parse_members(std::string_view word);

/// `open`, `invited`, `approved` or `closed`, and back.
std::string_view registration_word(chat::Registration registration);
std::optional<chat::Registration> parse_registration(std::string_view word);

/// `address` or `cloak`, and back.
std::string_view names_word(guard::Names names);
std::optional<guard::Names> parse_names(std::string_view word);

/// The rules of admission of guests and of members, in words. Requires options that `resolve` has
/// returned.
std::string who_may_enter(const ServeOptions& options);

/// The default options. In a container, guests are admitted from everywhere, public addresses after
/// a code: behind a container's network either nobody or everybody is on-link.
ServeOptions default_options(bool in_container);

/// The retention of rooms under these options.
chat::Keeping keeping_of(const ServeOptions& options);

/// The rules of access to rooms under these options.
chat::Access access_of(const ServeOptions& options);

/// Merges flags, file and defaults. `names` and `guard.members` have their values afterwards. The
/// error names the file, the line and the key.
Result<ServeOptions> resolve(const ServeFlags& flags, const ServeOptions& defaults = {});

}  // namespace palabre::app
