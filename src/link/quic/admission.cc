#include "link/quic/admission.h"

#include <algorithm>

namespace palabre::link {
namespace {

constexpr double kBurstOfAll = 5;       // seconds' worth
constexpr double kBurstOfNetwork = 10;  // the same

}  // namespace

QuicAdmission::QuicAdmission(const QuicLimits& limits)
    : limits_(limits),
      all_handshakes_(kBurstOfAll * limits.handshakes_per_second, limits.handshakes_per_second) {}

std::array<Network, 3> QuicAdmission::around(const Ip& ip) {
  return {Network::around(ip, 32, 64), Network::around(ip, 24, 56), Network::around(ip, 24, 48)};
}

QuicAdmission::Load QuicAdmission::load_of(const Network& network) const {
  const auto found = loads_.find(network);
  return found == loads_.end() ? Load{} : found->second;
}

std::array<Rate, 3> QuicAdmission::rates() const {
  const auto share = [&](double of) {
    const double per_second = std::max(limits_.handshakes_per_second / of, 1.0);
    return Rate{kBurstOfNetwork * per_second, per_second};
  };
  Rate address = share(100);
  address.burst = static_cast<double>(std::max<std::size_t>(limits_.per_address, 2));
  return {address, share(20), share(10)};
}

QuicAdmission::Verdict QuicAdmission::look(const Ip& ip, bool is_proven, bool is_exempt,
                                           Instant now) {
  const auto networks = around(ip);
  const Load own = load_of(networks[0]);
  if (own.connections >= limits_.per_address) return Verdict::kAddressFull;
  if (!is_exempt && (load_of(networks[1]).connections >= limits_.per_network ||
                     load_of(networks[2]).connections >= limits_.per_site)) {
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
  const auto networks = around(ip);
  const auto rates = this->rates();
  bool is_newcomer = true;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (i > 0 && networks.at(i) == networks.at(i - 1)) continue;
    Bucket& bucket = handshakes_.of(networks.at(i), rates.at(i), now);
    if (i == 0) is_newcomer = bucket.has(rates[0].burst, now);
    if (!bucket.has(is_proven ? 1 : rates.at(i).burst / 2 + 1, now)) return false;
  }
  const double half = kBurstOfAll * limits_.handshakes_per_second / 2;
  return all_handshakes_.has(is_proven && is_newcomer ? 1 : half + 1, now);
}

void QuicAdmission::opened(const Ip& ip, bool is_exempt, Instant now) {
  ++connections_;
  change(ip, [](Load& load) {
    ++load.connections;
    ++load.half_open;
  });
  tried(ip, is_exempt, now);
}

void QuicAdmission::tried(const Ip& ip, bool is_exempt, Instant now) {
  if (is_exempt) return;
  const auto networks = around(ip);
  const auto rates = this->rates();
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (i > 0 && networks.at(i) == networks.at(i - 1)) continue;
    handshakes_.of(networks.at(i), rates.at(i), now).take(now);
  }
  all_handshakes_.take(now);
}

void QuicAdmission::left_half_open(const Ip& ip) {
  change(ip, [](Load& load) { --load.half_open; });
}

void QuicAdmission::closed(const Ip& ip) {
  --connections_;
  change(ip, [](Load& load) { --load.connections; });
}

template <typename Change>
void QuicAdmission::change(const Ip& ip, Change change) {
  const auto networks = around(ip);
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (i > 0 && networks.at(i) == networks.at(i - 1)) continue;
    Load& load = loads_[networks.at(i)];
    change(load);
    if (load.connections == 0) loads_.erase(networks.at(i));
  }
}

}  // namespace palabre::link
