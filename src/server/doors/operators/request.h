#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/ids.h"

namespace palabre::server {

/// An operator's request to a running server. On the control socket it is one line, answered by one
/// `ControlAnswer`. Both ends have the same version, so the format may change.
struct ControlRequest {
  enum class What { kWho, kKick, kMute, kBan, kUnban, kFreeze, kThaw, kInvite, kRevoke, kStats };

  What what = What::kStats;
  /// Of `kMute`, `kBan` and `kInvite`: `kLeastTime` to `kMostTime`. 0, of `kInvite` only: no
  /// expiry.
  std::chrono::seconds time{0};
  std::string target;      ///< as written; empty: none
  std::uint32_t uses = 0;  ///< of `kInvite`: 1 to `kMostUses`
  std::string host = {};   ///< of `kInvite`, for its link; empty: the server's own

  friend bool operator==(const ControlRequest&, const ControlRequest&) = default;
};

/// The answer: EX_OK and a text to show, or another code of <sysexits.h> and a sentence.
struct ControlAnswer {
  int exit_code = 0;
  std::string text;

  friend bool operator==(const ControlAnswer&, const ControlAnswer&) = default;
};

/// Limit of a request line, newline included.
inline constexpr std::size_t kMostRequestBytes = 512;

inline constexpr std::chrono::seconds kLeastTime{1};
inline constexpr std::chrono::seconds kMostTime = std::chrono::hours(24 * 365);
inline constexpr std::uint32_t kMostUses = 100'000;

/// A line such as `mute 600 awa` or `invite 604800 1 - ops`, with its newline. An error if the line
/// exceeds `kMostRequestBytes`, or if the target or the host contains a newline.
Result<std::string> encode(const ControlRequest& request);
/// Reads a line without its newline. The line may contain any bytes; malformed input is an error.
Result<ControlRequest> parse_request(std::string_view line);

/// A line `CODE BYTES`, then BYTES bytes: so a truncated answer is detected.
std::string encode(const ControlAnswer& answer);
/// Requires the whole answer. Nothing: the answer is truncated or malformed, or bytes follow it.
std::optional<ControlAnswer> parse_answer(std::string_view bytes);

/// Reads `30s`, `10m`, `2h`, `1d`, from `kLeastTime` to `kMostTime`. Nothing: the text is not such
/// a time, or is out of range.
std::optional<std::chrono::seconds> parse_time(std::string_view text);
/// `1h 5m`: the largest unit and the one after it, rounded down; if that one is zero: `1d`. Less
/// than a second: `0s`.
std::string show_time(Duration time);

}  // namespace palabre::server
