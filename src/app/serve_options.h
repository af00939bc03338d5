#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "chat/result.h"

namespace palabre::app {

/// What `palabre serve` can be told, each by a flag or by the key of the same name in the file.
/// packaging/palabre.toml says what each is for.
struct ServeOptions {
  std::string bind = "::";
  std::uint16_t port = 5000;
  std::size_t max_guests = 4096;
  std::chrono::seconds idle{600};
  bool memory = true;
  std::string log_level = "info";
};

/// What was given on the command line; the rest is the file's to say, then the defaults'.
struct ServeFlags {
  std::optional<std::string> bind;
  std::optional<std::uint16_t> port;
  std::optional<std::size_t> max_guests;
  std::optional<std::uint32_t> idle_seconds;
  bool memory = false;
  std::optional<std::string> log_level;
  std::optional<std::filesystem::path> config;
};

// The ranges, the same for flag and file.
inline constexpr std::uint32_t kMostGuests = 16'384;  // leaving a room is linear in it
inline constexpr std::uint32_t kLeastIdleSeconds = 2;
inline constexpr std::uint32_t kMostIdleSeconds = 7 * 24 * 3600;

/// Puts flags, file and defaults together. The error names the file, the line and the key.
Result<ServeOptions> resolve(const ServeFlags& flags);

}  // namespace palabre::app
