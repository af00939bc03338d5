#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace palabre::guard {

/// Why a datagram was dropped. Each is counted; none is logged, so that no flood floods the log.
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
  kMuted,
  kBanned,
  kMalformedAnswer,
  kRefusedAgain,
  kCount,
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(Cause::kCount)> kCauseWords{
    "empty, from a stranger",
    "not UTF-8, from a stranger",
    "looks like a line of a server's",
    "from a port that reflectors use",
    "from a port of our own",
    "a guest's address, by an interface where it is not",
    "guests are not admitted",
    "from a public address, only the LAN is admitted",
    "from a public address, without its code",
    "too many guests of that address",
    "too many guests of that neighbourhood",
    "too many guests",
    "too fast",
    "muted",
    "banned",
    "an answer to what was not UTF-8",
    "an answer to one refused again and again",
};

/// How many were dropped, by cause.
class Drops {
 public:
  void count(Cause cause) { ++counts_[static_cast<std::size_t>(cause)]; }
  std::uint64_t of(Cause cause) const { return counts_[static_cast<std::size_t>(cause)]; }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(Cause::kCount)> counts_{};
};

}  // namespace palabre::guard
