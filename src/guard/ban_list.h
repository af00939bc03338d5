#pragma once

#include <cstddef>
#include <map>

#include "base/network.h"
#include "base/time.h"

namespace palabre::guard {

/// The banned networks, each until a given time. A lookup costs one search for each prefix length
/// in use, whatever the number of bans.
///
/// Memory: one entry per ban, `kMost` at most; where there are as many, another network is not
/// banned.
class BanList {
 public:
  static constexpr std::size_t kMost = 10'000;

  /// Replaces an earlier ban of the same network. False: there are `kMost` already.
  bool ban(const Network& network, Instant until);
  /// False: this network is not banned. A ban of a wider one stays.
  bool unban(const Network& network);
  /// Whether any network that contains the address is banned.
  bool contains(const Ip& ip, Instant now) const;
  void forget_what_is_over(Instant now);

  /// May contain expired bans, see `forget_what_is_over`.
  const std::map<Network, Instant>& all() const { return bans_; }

 private:
  void forget_length(int bits);

  std::map<Network, Instant> bans_;
  std::map<int, std::size_t> of_length_;  ///< the number of bans, by prefix length in use
};

}  // namespace palabre::guard
