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

/// What an operator asks of a running server. On the control socket it is one line, answered by one
/// `ControlAnswer`; both ends are of one version, so the form may change.
struct ControlRequest {
  enum class What { kWho, kKick, kMute, kBan, kUnban, kFreeze, kThaw, kInvite, kRevoke, kStats };

  What what = What::kStats;
  std::chrono::seconds time{0};  ///< how long: of `kMute`, `kBan` and `kInvite`, there 0: for good
  std::string target;            ///< as it was written; empty where there is none
  std::uint32_t uses = 0;        ///< of `kInvite`: 1 to `kMostUses`
  std::string host = {};         ///< of `kInvite`, for its link; empty: the server's own

  friend bool operator==(const ControlRequest&, const ControlRequest&) = default;
};

/// What comes back: EX_OK and what to show, or another code of <sysexits.h> and a sentence.
struct ControlAnswer {
  int exit_code = 0;
  std::string text;

  friend bool operator==(const ControlAnswer&, const ControlAnswer&) = default;
};

/// The longest line that is a request, newline included.
inline constexpr std::size_t kMostRequestBytes = 512;

inline constexpr std::chrono::seconds kLeastTime{1};
inline constexpr std::chrono::seconds kMostTime = std::chrono::hours(24 * 365);
inline constexpr std::uint32_t kMostUses = 100'000;

/// `mute 600 awa`, `invite 604800 1 - ops`, with its newline; refused where it does not fit in a
/// line.
Result<std::string> encode(const ControlRequest& request);
/// Without the newline. Takes anything.
Result<ControlRequest> parse_request(std::string_view line);

/// A line `CODE BYTES`, then so many bytes, so that an answer cut short is not taken for one.
std::string encode(const ControlAnswer& answer);
/// Nothing where it is not whole.
std::optional<ControlAnswer> parse_answer(std::string_view bytes);

/// Reads `30s`, `10m`, `2h`, `1d`, from `kLeastTime` to `kMostTime`.
std::optional<std::chrono::seconds> parse_time(std::string_view text);
/// `1h 5m`: the two largest units.
std::string show_time(Duration time);

}  // namespace palabre::server
