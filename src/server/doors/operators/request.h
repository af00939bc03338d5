#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre::server {

/// An operator's request to a running server. On the control socket it is one line, answered by one
/// `ControlAnswer`. Both ends have the same version, so the format may change.
struct ControlRequest {
  enum class What { kWho, kOrder, kInvite, kRevoke, kStats, kMembers, kRooms };

  What what = What::kStats;
  /// Of `kInvite`: `kLeastTime` to `kMostTime`; 0: no expiry.
  std::chrono::seconds time{0};
  /// As written; empty: none. Of `kMembers`: a time; of `kRooms`: who founded them.
  std::string target = {};
  std::uint32_t uses = 0;  ///< of `kInvite`: 1 to `kMostUses`
  std::string host = {};   ///< of `kInvite`, for its link; empty: the server's own
  /// Of `kOrder`, see wire/orders.h. Its room is `target`.
  std::string line = {};

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

inline constexpr std::uint32_t kMostUses = 100'000;

/// A line such as `order - mute awa --for 600s` or `invite 604800 1 - ops`, with its newline. An
/// error if the line exceeds `kMostRequestBytes`, or if a part of it contains a newline.
Result<std::string> encode(const ControlRequest& request);
/// Reads a line without its newline. The line may contain any bytes; malformed input is an error.
Result<ControlRequest> parse_request(std::string_view line);

/// A line `CODE BYTES`, then BYTES bytes: so a truncated answer is detected.
std::string encode(const ControlAnswer& answer);
/// Requires the whole answer. Nothing: the answer is truncated or malformed, or bytes follow it.
std::optional<ControlAnswer> parse_answer(std::string_view bytes);

}  // namespace palabre::server
