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

/// Whether a source receives what is sent to it, found out without remembering anything: it is told
/// a code that only whoever reads its mail can know, and sends it back. The code is an HMAC-SHA-256
/// of address, port and epoch, cut to 40 bits and written in 8 letters and digits.
class Challenge {
 public:
  using Key = std::array<unsigned char, 32>;

  static constexpr std::size_t kCodeCharacters = 8;
  /// A code is good in the epoch that it was given in and in the next.
  static constexpr Duration kEpoch = std::chrono::minutes(1);
  /// No challenge is longer, and none answers a datagram that is shorter than itself: whoever
  /// forges a source makes no more of us than it could send alone.
  static constexpr std::size_t kLongestLine = 18;

  /// `key` is random and secret, and anew for each start.
  explicit Challenge(const Key& key) : key_(key) {}

  /// `-- send 7KQ2M4XW\n`
  std::string line(const Source& source, Instant now) const;

  /// Whether `bytes` is the code of this source, alone but for blanks and newlines around it.
  /// Takes the same time for every wrong one.
  bool is_met(const Source& source, std::string_view bytes, Instant now) const;

 private:
  std::string code(const Source& source, std::int64_t epoch) const;

  Key key_;
};

}  // namespace palabre::guard
