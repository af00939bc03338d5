#include "app/tools/impairment_relay.h"

#include <fmt/format.h>
#include <sys/uio.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/fail.h"

namespace palabre::app {
namespace {

using boost::system::error_code;

// Batches read before the event loop gets its turn.
constexpr int kBatchesInARow = 16;

/// Whether `address` is one of this machine's: whether a socket can be bound to it.
bool is_own(const Address& address) {
  return net::UdpSocket::open(address.without_port()).has_value();
}

}  // namespace

/// A socket in the event loop. Owned by a shared pointer, since handlers of the loop may outlive
/// the relay's reference to it.
class ImpairmentRelay::Wire : public std::enable_shared_from_this<Wire> {
 public:
  using Take = std::function<void(const link::Inbound&)>;

  Wire(boost::asio::io_context& io, std::unique_ptr<net::UdpSocket> socket, Take take)
      : socket_(std::move(socket)), descriptor_(io, socket_->descriptor()), take_(std::move(take)) {
    socket_->set_dont_fragment();
  }
  ~Wire() { descriptor_.release(); }  // socket_ closes it
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [weak = weak_from_this()](error_code error) {
                             const auto self = weak.lock();
                             if (error || !self) return;
                             self->read_all();
                             self->wait();
                           });
  }
  bool send(const link::Path& to, std::string& bytes) {
    const iovec part{bytes.data(), bytes.size()};
    const link::Outbound outbound{&to, {&part, 1}};
    return socket_->send({&outbound, 1}) == 1;
  }
  const net::UdpSocket& socket() const { return *socket_; }
  void is_used(Instant now) { used_at_ = now; }
  Instant used_at() const { return used_at_; }

 private:
  void read_all() {
    for (int batch = 0; batch < kBatchesInARow; ++batch) {
      const auto datagrams = socket_->receive();
      if (datagrams.empty()) return;
      for (const link::Inbound& inbound : datagrams) take_(inbound);
    }
  }

  std::unique_ptr<net::UdpSocket> socket_;
  boost::asio::posix::stream_descriptor descriptor_;
  Take take_;
  Instant used_at_;
};

Result<std::unique_ptr<ImpairmentRelay>> ImpairmentRelay::open(boost::asio::io_context& io,
                                                               const Address& at,
                                                               const Address& server,
                                                               const link::BadNetwork& network,
                                                               std::uint64_t seed) {
  if (at.port() == server.port() && is_own(server)) {
    return fail(EX_USAGE,
                "{} is the relay itself; name the server's port, and another "
                "one with --port.",
                server.label());
  }
  TRY(auto socket, net::UdpSocket::open(at));
  std::unique_ptr<ImpairmentRelay> relay(new ImpairmentRelay(io, server, network, seed));
  relay->front_ = std::make_shared<Wire>(
      io, std::move(socket),
      [&relay = *relay](const link::Inbound& inbound) { relay.forward(inbound); });
  relay->front_->wait();
  return relay;
}

ImpairmentRelay::ImpairmentRelay(boost::asio::io_context& io, const Address& server,
                                 const link::BadNetwork& network, std::uint64_t seed)
    : io_(io), server_{server}, impairment_(network, seed), timer_(io) {}

ImpairmentRelay::~ImpairmentRelay() = default;

Address ImpairmentRelay::local_address() const { return front_->socket().local_address(); }

void ImpairmentRelay::forward(const link::Inbound& inbound) {
  if (const auto wire = wire_of(inbound.path)) {
    wire->is_used(clock_now());
    set_out(wire, server_, inbound.bytes);
  } else {
    ++counts_.came;
    ++counts_.no_room;
  }
}

/// Datagrams from other addresses than the server's are ignored.
void ImpairmentRelay::take_answer(const link::Path& client, const link::Inbound& inbound) {
  if (inbound.path.peer == server_.peer) set_out(front_, client, inbound.bytes);
}

std::shared_ptr<ImpairmentRelay::Wire> ImpairmentRelay::wire_of(const link::Path& client) {
  const auto known = wires_.find(client.peer);
  if (known != wires_.end()) return known->second;
  auto socket = net::UdpSocket::open(Address());
  if (!socket) return nullptr;
  make_room();
  auto wire = std::make_shared<Wire>(
      io_, *std::move(socket),
      [this, client](const link::Inbound& inbound) { take_answer(client, inbound); });
  wire->wait();
  return wires_.emplace(client.peer, std::move(wire)).first->second;
}

void ImpairmentRelay::make_room() {
  if (wires_.size() < kMostClients) return;
  wires_.erase(std::min_element(wires_.begin(), wires_.end(), [](const auto& a, const auto& b) {
    return a.second->used_at() < b.second->used_at();
  }));
}

void ImpairmentRelay::set_out(const std::shared_ptr<Wire>& by, const link::Path& to,
                              std::string_view bytes) {
  ++counts_.came;
  if (is_cut_) {
    ++counts_.cut_off;
    return;
  }
  const auto arrivals = impairment_.decide(bytes.size());
  if (arrivals.empty()) ++counts_.lost;
  for (const auto& arrival : arrivals) {
    if (waiting_.size() >= kMostWaiting || waiting_bytes_ + bytes.size() > kMostWaitingBytes) {
      ++counts_.no_room;
      continue;
    }
    Waiting waiting{by, to, std::string(bytes)};
    if (arrival.flip) link::flip(waiting.bytes, *arrival.flip);
    waiting_bytes_ += bytes.size();
    const auto at = waiting_.emplace(clock_now() + arrival.after, std::move(waiting));
    if (at == waiting_.begin()) arm();
  }
}

void ImpairmentRelay::arm() {
  if (waiting_.empty()) return;
  timer_.expires_at(waiting_.begin()->first);
  timer_.async_wait([this](error_code error) {
    if (!error) arrive();
  });
}

void ImpairmentRelay::arrive() {
  const Instant now = clock_now();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    auto due = waiting_.extract(waiting_.begin());
    waiting_bytes_ -= due.mapped().bytes.size();
    hand_on(due.mapped());
  }
  arm();
}

void ImpairmentRelay::hand_on(Waiting& waiting) {
  const auto by = waiting.by.lock();
  if (is_cut_) {
    ++counts_.cut_off;
  } else if (by && by->send(waiting.to, waiting.bytes)) {
    ++counts_.handed_on;
  } else {
    ++counts_.no_room;
  }
}

}  // namespace palabre::app
