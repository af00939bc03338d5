#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/address.h"
#include "chat/ids.h"

namespace palabre::client {

/// Decides which address to dial when, while a link is wanted. It dials in rounds, at least
/// `kRound` apart. Each round dials every address of the server, `kStagger` apart, without waiting
/// for the earlier ones. So a network that heals is found within a second, and a dead address
/// family costs a quarter of a second. Pure.
class DialPlan {
 public:
  static constexpr Duration kStagger = std::chrono::milliseconds(250);
  static constexpr Duration kRound = std::chrono::seconds(1);
  /// If a name has more addresses, the rest are ignored.
  static constexpr std::size_t kMostAddresses = 8;

  /// `addresses` in the resolver's order, which puts the better family first. The plan alternates
  /// between the families. The address that answered last goes first.
  void set_addresses(const std::vector<Address>& addresses);
  std::size_t size() const { return addresses_.size(); }

  /// Whether a link is wanted: there is none, or it is suspect.
  void want(bool wanted);
  /// The address to dial now. Nothing if none is due; see `next_deadline`.
  std::optional<Address> next(Instant now);
  std::optional<Instant> next_deadline() const;
  /// The address dialled last is unreachable for certain: the next one of the round is due at once.
  void gave_up() { is_hurried_ = true; }
  /// A link to `address` opened: it goes first from now on.
  void answered(const Address& address);

 private:
  std::vector<Address> addresses_;
  bool is_wanted_ = false;
  bool is_hurried_ = false;
  std::size_t tried_ = 0;  ///< addresses dialled in this round
  std::optional<Instant> round_began_;
  Instant last_;
};

}  // namespace palabre::client
