#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/address.h"
#include "chat/ids.h"

namespace palabre::client {

/// Which address to try when, as long as a link is wanted: in rounds, a second apart at least, all
/// addresses of the server in each, one soon after the other, whether those before have answered or
/// not. So a network that heals is found within a second, and an address family that leads nowhere
/// costs a quarter of one. Pure.
class DialPlan {
 public:
  static constexpr Duration kStagger = std::chrono::milliseconds(250);
  static constexpr Duration kRound = std::chrono::seconds(1);
  /// Of a name that has more, the others are left out.
  static constexpr std::size_t kMostAddresses = 8;

  /// In the order of the resolver, which knows which family is better from here; families take
  /// turns here. What answered last goes first.
  void set_addresses(const std::vector<Address>& addresses);
  std::size_t size() const { return addresses_.size(); }

  /// Whether a link is wanted: there is none, or it is suspect.
  void want(bool wanted);
  /// The address to try now. Nothing: none is due, see `next_deadline`.
  std::optional<Address> next(Instant now);
  std::optional<Instant> next_deadline() const;
  /// What was tried last is not to be reached for sure: the next of the round need not wait.
  void gave_up() { is_hurried_ = true; }
  /// A link to it opened: it goes first from now on.
  void answered(const Address& address);

 private:
  std::vector<Address> addresses_;
  bool is_wanted_ = false;
  bool is_hurried_ = false;
  std::size_t tried_ = 0;  ///< of this round
  std::optional<Instant> round_began_;
  Instant last_;
};

}  // namespace palabre::client
