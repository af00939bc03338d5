#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace palabre::guard {

/// The reasons to drop a datagram. Each is counted, and none is logged: a flood must not fill the
/// log.
enum class Cause : std::size_t {
  kEmpty,
  kNotText,
  kLooksLikeOurs,
  kReflectorPort,
  kOwnPort,
  kWrongWay,
  kNobodyMayEnter,
  kPublic,
  kNoCodeYet,
  kIpFull,
  kNeighbourhoodFull,
  kAllFull,
  kTooFast,
  kBanned,
  kMalformedAnswer,
  kRefusedAgain,
  kCount,
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(Cause::kCount)> kCauseWords{
    "empty, from a stranger",
    "not UTF-8, from a stranger",
    "looks like a line from a server",
    "from a reflector port",
    "from one of our own ports",
    "a guest's address, on the wrong interface",
    "guests are not admitted",
    "from a public address, only the LAN is admitted",
    "from a public address, without its code",
    "too many guests from that address",
    "too many guests from that network",
    "too many guests",
    "too fast",
    "banned",
    "an answer to a datagram that was not UTF-8",
    "an answer to a guest refused repeatedly",
};

/// Counters of dropped datagrams, by cause.
class Drops {
 public:
  void count(Cause cause) { ++counts_[static_cast<std::size_t>(cause)]; }
  std::uint64_t of(Cause cause) const { return counts_[static_cast<std::size_t>(cause)]; }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(Cause::kCount)> counts_{};
};

}  // namespace palabre::guard
