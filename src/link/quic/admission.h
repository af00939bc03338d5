#pragma once

#include <array>
#include <cstddef>
#include <map>

#include "base/address.h"
#include "base/bucket.h"
#include "base/bucket_table.h"
#include "base/network.h"
#include "base/time.h"

namespace palabre::link {

/// The limits of a server's connections.
struct QuicLimits {
  std::size_t connections = 8192;
  std::size_t per_address = 64;
  std::size_t per_network = 1024;  ///< a /24, or an IPv6 /56
  std::size_t per_site = 2048;     ///< an IPv6 /48
  /// New handshakes a second, of all addresses; five seconds' worth at once. A /48 has a tenth, a
  /// /56 or /24 a twentieth, an address a hundredth, which is at least one a second; of each, ten
  /// seconds' worth at once, and an address `per_address`.
  double handshakes_per_second = 400;
  /// Handshakes in progress; each costs 90 KiB, even if its client never continues. From
  /// `retry_from` on, or from a quarter of `per_address` for one address, a client must prove its
  /// address first. At `half_open`, packets of clients without a proven address are dropped.
  std::size_t retry_from = 8;
  std::size_t half_open = 1024;
  double resets_per_second = 100;
  double refusals_per_second = 100;  ///< told to addresses that the owner turns away
};

/// The price of connections: caps on how many an address and its networks have at once, and rates
/// at which they may begin new ones. An IPv6 /64 counts as an address; its networks are the /56 and
/// the /48, that of an IPv4 address is the /24.
///
/// The last eighth of all places, and the last half of the rate for all, are for addresses that
/// have no connection, and have begun none lately: a crowd elsewhere keeps none of those out.
///
/// Memory: an entry per address and network with a connection, and the bounded table of buckets
/// (`BucketTable`). Pure, one thread.
class QuicAdmission {
 public:
  enum class Verdict {
    kOpen,
    kOpenIfProven,  ///< only a client with a proven address, so that a forger denies it to nobody
    kFull,
    kAddressFull,
    kNetworkFull,  ///< or its /48
    kTooFast,
    /// All places are taken, and this address has none: it gets that of a connection without a
    /// login, if there is one.
    kOpenIfEvicted,
  };
  /// The numbers of an address or a network.
  struct Load {
    std::size_t connections = 0;
    std::size_t half_open = 0;  ///< of an address; 0 of a network
  };

  explicit QuicAdmission(const QuicLimits& limits);

  /// Whether a client may begin a connection; takes nothing. `exempt`: only `connections` and
  /// `per_address` hold. `is_proven`: its address is.
  Verdict look(const Ip& ip, bool is_proven, bool is_exempt, Instant now);
  /// A connection begins: counts it, and takes it from the rates, unless exempt.
  void opened(const Ip& ip, bool is_exempt, Instant now);
  /// Takes one from the rates, unless exempt: an attempt that has cost as much as a connection.
  void tried(const Ip& ip, bool is_exempt, Instant now);
  void left_half_open(const Ip& ip);
  /// A connection that has left half open is gone.
  void closed(const Ip& ip);

  std::size_t connections() const { return connections_; }
  Load address(const Ip& ip) const { return load_of(Network::at_level(ip, 0)); }
  /// Of the /24, or the IPv6 /56, around the address.
  Load network(const Ip& ip) const { return load_of(Network::at_level(ip, 1)); }

 private:
  Load load_of(const Network& network) const;
  bool has_rate(const Ip& ip, bool is_proven, Instant now);

  QuicLimits limits_;
  std::array<Rate, kLevels> rates_;
  std::size_t connections_ = 0;
  std::map<Network, Load> loads_;
  BucketTable<Network> handshakes_{32'768};
  Bucket all_handshakes_;
};

}  // namespace palabre::link
