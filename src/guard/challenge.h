#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "guard/source.h"

namespace palabre::guard {

using Duration = std::chrono::steady_clock::duration;

/// A stateless challenge: proves that a source receives datagrams at its address. The source is
/// sent a code, and must send it back. The code is an HMAC-SHA-256 of address, port and epoch, cut
/// to 40 bits and written as 8 letters and digits.
class Challenge {
 public:
  using Key = std::array<unsigned char, 32>;

  static constexpr std::size_t kCodeCharacters = 8;
  /// A code is valid in its epoch and in the next one.
  static constexpr Duration kEpoch = std::chrono::minutes(1);
  /// Upper bound on the bytes of a challenge. No datagram shorter than its challenge is answered,
  /// so a forged source address gains no amplification.
  static constexpr std::size_t kLongestLine = 18;

  /// `key` is random, secret, and new at each start.
  explicit Challenge(const Key& key) : key_(key) {}

  /// `-- send 7KQ2M4XW\n`
  std::string line(const Source& source, Instant now) const;

  /// Whether `bytes` is the code of this source, with nothing but blanks and newlines around it. A
  /// wrong code of the right length always takes the same time.
  bool is_met(const Source& source, std::string_view bytes, Instant now) const;

 private:
  std::string code(const Source& source, std::int64_t epoch) const;

  Key key_;
};

}  // namespace palabre::guard
