#include "link/quic/admission.h"

#include <algorithm>

namespace palabre::link {
namespace {

constexpr double kBurstOfAll = 5;       // seconds' worth
constexpr double kBurstOfNetwork = 10;  // the same

std::array<Rate, kLevels> rates_of(const QuicLimits& limits) {
  const auto share = [&](double of) {
    const double per_second = std::max(limits.handshakes_per_second / of, 1.0);
    return Rate{kBurstOfNetwork * per_second, per_second};
  };
  Rate address = share(100);
  address.burst = static_cast<double>(std::max<std::size_t>(limits.per_address, 2));
  return {address, share(20), share(10)};
}

}  // namespace

QuicAdmission::QuicAdmission(const QuicLimits& limits)
    : limits_(limits),
      rates_(rates_of(limits)),
      all_handshakes_(kBurstOfAll * limits.handshakes_per_second, limits.handshakes_per_second) {}

QuicAdmission::Load QuicAdmission::load_of(const Network& network) const {
  const auto found = loads_.find(network);
  return found == loads_.end() ? Load{} : found->second;
}

QuicAdmission::Verdict QuicAdmission::look(const Ip& ip, bool is_proven, bool is_exempt,
                                           Instant now) {
  const Load own = address(ip);
  if (own.connections >= limits_.per_address) return Verdict::kAddressFull;
  // `per_site` holds for the widest network that is counted, which of IPv4 is the /24.
  if (!is_exempt &&
      (network(ip).connections >= limits_.per_network ||
       load_of(Network::at_level(ip, levels_of(ip) - 1)).connections >= limits_.per_site)) {
    return Verdict::kNetworkFull;
  }
  const std::size_t free = limits_.connections - std::min(limits_.connections, connections_);
  const bool is_newcomer = own.connections == 0;
  const bool is_reserved = !is_exempt && free <= limits_.connections / 8;
  if (!is_newcomer && (free == 0 || is_reserved)) return Verdict::kFull;
  if (!is_exempt && !has_rate(ip, is_proven, now)) {
    return is_proven ? Verdict::kTooFast : Verdict::kOpenIfProven;
  }
  if (free > 0) return Verdict::kOpen;
  return is_proven ? Verdict::kOpenIfEvicted : Verdict::kOpenIfProven;
}

/// An address that is not proven may have been forged: it must leave half of each budget.
bool QuicAdmission::has_rate(const Ip& ip, bool is_proven, Instant now) {
  bool is_newcomer = true;
  for (std::size_t level = 0; level < levels_of(ip); ++level) {
    const Rate& rate = rates_.at(level);
    Bucket& bucket = handshakes_.of(Network::at_level(ip, level), rate, now);
    if (level == 0) is_newcomer = bucket.has(rate.burst, now);
    if (!bucket.has(is_proven ? 1 : rate.burst / 2 + 1, now)) return false;
  }
  const double half = kBurstOfAll * limits_.handshakes_per_second / 2;
  return all_handshakes_.has(is_proven && is_newcomer ? 1 : half + 1, now);
}

void QuicAdmission::opened(const Ip& ip, bool is_exempt, Instant now) {
  ++connections_;
  for (std::size_t level = 0; level < levels_of(ip); ++level)
    ++loads_[Network::at_level(ip, level)].connections;
  ++loads_[Network::at_level(ip, 0)].half_open;
  tried(ip, is_exempt, now);
}

void QuicAdmission::tried(const Ip& ip, bool is_exempt, Instant now) {
  if (is_exempt) return;
  for (std::size_t level = 0; level < levels_of(ip); ++level) {
    handshakes_.of(Network::at_level(ip, level), rates_.at(level), now).take(now);
  }
  all_handshakes_.take(now);
}

void QuicAdmission::left_half_open(const Ip& ip) {
  --loads_.at(Network::at_level(ip, 0)).half_open;
}

void QuicAdmission::closed(const Ip& ip) {
  --connections_;
  for (std::size_t level = 0; level < levels_of(ip); ++level) {
    const auto load = loads_.find(Network::at_level(ip, level));
    if (--load->second.connections == 0) loads_.erase(load);
  }
}

}  // namespace palabre::link
