#include "app/host/neighbours.h"

#include <linux/neighbour.h>
#include <netlink/addr.h>
#include <netlink/route/neighbour.h>

#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "app/host/netlink.h"

namespace palabre::app {
namespace {

std::optional<Address> host_of(rtnl_neigh* neighbour) {
  nl_addr* const address = rtnl_neigh_get_dst(neighbour);
  if (address == nullptr) return std::nullopt;
  const std::size_t size = nl_addr_get_len(address);
  const void* const bytes = nl_addr_get_binary_addr(address);
  if (nl_addr_get_family(address) == AF_INET && size == sizeof(in_addr)) {
    sockaddr_in v4{};
    std::memcpy(&v4.sin_addr, bytes, size);
    return Address(v4);
  }
  if (nl_addr_get_family(address) != AF_INET6 || size != sizeof(in6_addr)) return std::nullopt;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, bytes, size);
  // As recvmmsg reports a peer: only a link-local address has a scope id.
  if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) {
    v6.sin6_scope_id = static_cast<std::uint32_t>(rtnl_neigh_get_ifindex(neighbour));
  }
  return Address(v6);
}

std::optional<Neighbour::State> state_of(rtnl_neigh* neighbour) {
  switch (rtnl_neigh_get_state(neighbour)) {
    case NUD_INCOMPLETE:
      return Neighbour::State::kAsked;
    case NUD_FAILED:
      return Neighbour::State::kFailed;
    case NUD_REACHABLE:
    case NUD_STALE:
    case NUD_DELAY:
    case NUD_PROBE:
    case NUD_PERMANENT:
      return Neighbour::State::kKnown;
    default:
      return std::nullopt;
  }
}

/// The best state of each host over all interfaces. kAsked is better than kFailed: the route goes
/// out by the interface on which the kernel is resolving.
std::unordered_map<Address, Neighbour::State> best_states(
    const std::vector<Neighbour>& neighbours) {
  using State = Neighbour::State;
  std::unordered_map<Address, State> states;
  for (const auto& [host, state] : neighbours) {
    State& best = states.emplace(host, state).first->second;
    if (best != State::kKnown && (best == State::kFailed || state == State::kKnown)) best = state;
  }
  return states;
}

}  // namespace

Result<std::vector<Neighbour>> neighbours_of_this_machine() {
  TRY(const auto table, KernelTable::dump("neighbours", rtnl_neigh_alloc_cache));
  std::vector<Neighbour> neighbours;
  table.for_each<rtnl_neigh>([&](rtnl_neigh* neighbour) {
    const auto host = host_of(neighbour);
    const auto state = state_of(neighbour);
    if (host && state) neighbours.push_back({*host, *state});
  });
  return neighbours;
}

std::vector<net::Unreachable::Neighbour> NeighbourLooks::look(
    const std::vector<Neighbour>& neighbours, bool in_haste, Instant now) {
  std::unordered_map<Address, Silent> silent;
  std::vector<net::Unreachable::Neighbour> unreachable;
  const auto states = best_states(neighbours);
  for (const auto& [host, state] : states) {
    if (state == Neighbour::State::kKnown) continue;
    const bool asked = state == Neighbour::State::kAsked;
    const bool is_unreachable = !asked || in_haste || silent_.contains(host);
    silent.emplace(host, Silent{now, is_unreachable});
    if (is_unreachable) unreachable.push_back({host, asked});
  }
  for (const auto& [host, before] : silent_) {
    if (states.contains(host) || !before.is_unreachable || now - before.seen >= kRemembered) {
      continue;
    }
    silent.emplace(host, before);
    unreachable.push_back({host, false});
  }
  silent_ = std::move(silent);
  return unreachable;
}

NeighbourWatch::NeighbourWatch(boost::asio::io_context& io, net::UdpSocket& socket,
                               const link::Driven& driven, spdlog::logger& log)
    : socket_(socket), driven_(driven), log_(log), timer_(io) {
  socket_.when_filling([this] { look_in_haste(); });
  look_now_and_then();
}

NeighbourWatch::~NeighbourWatch() { socket_.when_filling({}); }

void NeighbourWatch::stop() {
  stopped_ = true;
  timer_.cancel();
}

void NeighbourWatch::look_now_and_then() {
  if (driven_.next_deadline()) {
    look(false);
  } else {
    socket_.set_unreachable({}, 0);
  }
  timer_.expires_after(kEvery);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) look_now_and_then();
  });
}

void NeighbourWatch::look_in_haste() {
  if (std::chrono::steady_clock::now() - last_look_ >= kHasteEvery * look_took_) look(true);
}

void NeighbourWatch::look(bool in_haste) {
  const auto began = std::chrono::steady_clock::now();
  const auto neighbours = neighbours_of_this_machine();
  last_look_ = std::chrono::steady_clock::now();
  look_took_ = last_look_ - began;
  if (!neighbours) {
    socket_.set_unreachable({}, 0);
    if (!std::exchange(told_of_failure_, true)) {
      log_.warn("neighbours who do not answer may delay everybody's messages (said once): {}",
                neighbours.error().sentence);
    }
    return;
  }
  socket_.set_unreachable(looks_.look(*neighbours, in_haste, last_look_), in_haste ? 0 : kTries);
}

}  // namespace palabre::app
