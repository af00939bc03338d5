#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "drivers/socket_driver.h"
#include "link/quic/client.h"
#include "link/quic/server.h"

namespace palabre::link {

using namespace std::chrono_literals;

inline Address host(int last, std::uint16_t port) {
  return *Address::parse("10.0.0." + std::to_string(last), port);
}

class WireSocket;

/// What speaks over a `WireSocket`: a server's connections, or a client's one.
struct Carrier {
  std::function<bool(const Inbound&, Instant)> claim;  ///< false: a stray
  std::function<void(Instant)> flush;
  std::function<std::optional<Instant>()> next_deadline;
  std::function<void(Instant)> on_deadline;
};
inline Carrier carrier_of(QuicServer& server) {
  return {[&server](const Inbound& inbound, Instant now) {
            const bool is_its = server.claim(inbound, now);
            if (!is_its) server.strays().claim(inbound, now);
            return is_its;
          },
          [&server](Instant now) { server.flush(now); },
          [&server] { return server.next_deadline(); },
          [&server](Instant now) { server.on_deadline(now); }};
}
inline Carrier carrier_of(QuicClient& client, DatagramSocket& socket) {
  return {[&client](const Inbound& inbound, Instant now) {
            client.read(inbound, now);
            return true;
          },
          [&client, &socket](Instant now) { client.flush(socket, now); },
          [&client] { return client.next_deadline(); },
          [&client](Instant now) { client.on_deadline(now); }};
}

/// A network in memory with a clock of its own: datagrams take their time, and may be lost, doubled
/// or late, by a seed. Time goes from one event to the next.
class Wire {
 public:
  struct Flight {
    Address from;
    Address to;
    std::string bytes;
  };

  explicit Wire(std::uint32_t seed = 1) : random_(seed) {}

  void send(Flight flight);
  bool run_until(const std::function<bool()>& is_done, Duration limit = 60s);
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }

  Instant now{std::chrono::hours(1)};
  Duration delay = 10ms;
  int lose_every = 0;                         ///< the Nth of them
  int double_percent = 0;                     ///< so many of a hundred come twice
  int late_percent = 0;                       ///< come up to 30 ms later, so behind others
  std::size_t mtu = 1472;                     ///< what is longer is lost
  std::function<bool(const Flight&)> passes;  ///< empty: everything
  std::map<Address, std::uint64_t, bool (*)(const Address&, const Address&)> bytes_to{
      [](const Address& a, const Address& b) { return a.label() < b.label(); }};
  std::uint64_t datagrams = 0;

 private:
  friend class WireSocket;

  bool percent(int of) { return std::uniform_int_distribution<>(1, 100)(random_) <= of; }
  void flush_all();
  void deliver(const Flight& flight);
  std::optional<Instant> next_event() const;

  std::mt19937 random_;
  std::multimap<Instant, Flight> flights_;
  std::vector<WireSocket*> sockets_;
};

/// One end: a carrier and its socket.
class WireSocket final : public DatagramSocket {
 public:
  WireSocket(Wire& wire, const Address& here) : at(here), wire_(wire) {
    wire_.sockets_.push_back(this);
  }
  ~WireSocket() override { std::erase(wire_.sockets_, this); }
  WireSocket(const WireSocket&) = delete;
  WireSocket& operator=(const WireSocket&) = delete;

  std::span<const Inbound> receive() override { return {}; }
  std::size_t send(std::span<const Outbound> datagrams) override {
    std::size_t sent = 0;
    for (; sent < datagrams.size() && room > 0; ++sent, --room) {
      cut_up(datagrams[sent], [&](std::string bytes) {
        wire_.send({at, datagrams[sent].path->peer, std::move(bytes)});
      });
    }
    return sent;
  }

  Address at;
  std::optional<Carrier> carrier;
  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::uint64_t not_owned = 0;

 private:
  Wire& wire_;
};

inline void Wire::send(Flight flight) {
  ++datagrams;
  bytes_to[flight.to] += flight.bytes.size();
  const bool is_lost = (lose_every != 0 && datagrams % static_cast<unsigned>(lose_every) == 0) ||
                       flight.bytes.size() > mtu || (passes && !passes(flight));
  if (is_lost) return;
  const auto late = percent(late_percent)
                        ? std::chrono::milliseconds(std::uniform_int_distribution<>(1, 30)(random_))
                        : 0ms;
  if (percent(double_percent)) flights_.emplace(now + delay + 3ms, flight);
  flights_.emplace(now + delay + late, std::move(flight));
}

inline void Wire::flush_all() {
  for (WireSocket* const socket : sockets_) {
    if (socket->carrier) socket->carrier->flush(now);
  }
}

inline void Wire::deliver(const Flight& flight) {
  for (WireSocket* const socket : sockets_) {
    if (socket->at != flight.to || !socket->carrier) continue;
    const Inbound inbound{{flight.from, flight.to.raw().sin6_addr}, 1, flight.bytes};
    if (!socket->carrier->claim(inbound, now)) ++socket->not_owned;
    return;
  }
}

inline std::optional<Instant> Wire::next_event() const {
  std::optional<Instant> next;
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (!flights_.empty()) consider(flights_.begin()->first);
  for (const WireSocket* const socket : sockets_) {
    if (socket->carrier) consider(socket->carrier->next_deadline());
  }
  return next;
}

inline bool Wire::run_until(const std::function<bool()>& is_done, Duration limit) {
  const Instant end = now + limit;
  flush_all();
  for (int step = 0; step < 200'000; ++step) {
    if (is_done()) return true;
    const auto next = next_event();
    if (!next || *next > end) {
      now = end;
      return is_done();
    }
    now = std::max(now, *next);
    while (!flights_.empty() && flights_.begin()->first <= now) {
      const Flight flight = std::move(flights_.begin()->second);
      flights_.erase(flights_.begin());
      deliver(flight);
    }
    for (WireSocket* const socket : sockets_) {
      if (socket->carrier && socket->carrier->next_deadline() <= now) {
        socket->carrier->on_deadline(now);
      }
    }
    flush_all();
  }
  ADD_FAILURE() << "the world does not come to rest";
  return false;
}

/// Writes down what it is told; may echo.
class Listener final : public LinkUser {
 public:
  struct Heard {
    std::string bytes;
    std::vector<std::string> datagrams;
    std::size_t rooms = 0;
    std::optional<Closed> closed;
  };

  void on_open(Link& link, Instant) override {
    links.insert(&link);
    ++opened;
    last = &link;
    heard[&link] = {};
  }
  void on_bytes(Link& link, std::string_view bytes, Instant) override {
    heard[&link].bytes += bytes;
    if (echoes) link.send(std::make_shared<const std::string>(bytes));
    if (consumes) link.consumed(bytes.size());
  }
  void on_datagram(Link& link, std::string_view bytes, Instant) override {
    heard[&link].datagrams.emplace_back(bytes);
    if (echoes) link.send_unreliably(bytes);
  }
  void on_room(Link& link, Instant) override {
    ++heard[&link].rooms;
    if (when_room) when_room(link);
  }
  void on_moved(Link& link, Instant) override { moved_to = link.peer(); }
  void on_closed(Link& link, const Closed& how, Instant) override {
    links.erase(&link);
    ++closed;
    last_closed = how;
    heard[&link].closed = how;
  }

  Heard& of_last() { return heard[last]; }

  bool echoes = false;
  bool consumes = true;
  std::function<void(Link&)> when_room;
  std::set<Link*> links;
  Link* last = nullptr;
  int opened = 0;
  int closed = 0;
  std::optional<Closed> last_closed;
  std::optional<Address> moved_to;
  std::map<Link*, Heard> heard;
};

inline Chunk chunk(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

inline const Certificate& test_certificate() {
  static const Certificate certificate = Certificate::ephemeral();
  return certificate;
}

/// A server at 10.0.0.1:5000 and the means to dial it.
struct QuicWorld {
  struct Dialed {
    WireSocket socket;
    Listener user;
    std::optional<QuicClient::Failure> failure;
    int failures = 0;
    std::unique_ptr<QuicClient> client;

    Dialed(Wire& on, const Address& from) : socket(on, from) {}
  };

  explicit QuicWorld(std::uint32_t seed = 1, const QuicServer::Limits& limits = {}) : wire(seed) {
    restart(limits);
  }

  /// The server is gone and comes back, remembering nothing but its certificate and its secret.
  void restart(const QuicServer::Limits& limits = {}) {
    server_socket.carrier.reset();
    server_user = Listener();
    server_user.echoes = true;
    server = std::make_unique<QuicServer>(server_user, server_socket, test_certificate(), secret,
                                          limits, QuicConnection::Timing{});
    server_socket.carrier = carrier_of(*server);
  }

  std::unique_ptr<Dialed> dial(const Address& from, PinCheck accepts = {},
                               const QuicTls* with = nullptr) {
    auto dialed = std::make_unique<Dialed>(wire, from);
    Dialed& made = *dialed;
    const auto on_failure = [&made](const QuicClient::Failure& failure, Instant) {
      made.failure = failure;
      ++made.failures;
    };
    made.client =
        std::make_unique<QuicClient>(made.user, with == nullptr ? *tls : *with, server_socket.at,
                                     std::move(accepts), on_failure, wire.now);
    made.socket.carrier = carrier_of(*made.client, made.socket);
    return dialed;
  }

  /// Dials, and waits until it is open.
  std::unique_ptr<Dialed> connect(const Address& from) {
    auto dialed = dial(from);
    EXPECT_TRUE(wire.run_until([&] { return dialed->user.opened == 1; }));
    return dialed;
  }

  Wire wire;
  QuicSecret secret = QuicSecret::random();
  std::unique_ptr<QuicTls> tls = QuicTls::client();
  WireSocket server_socket{wire, host(1, 5000)};
  Listener server_user;
  std::unique_ptr<QuicServer> server;
};

/// Sends all of it as the link takes it, in pieces; the rest goes in `when_room`.
class Sender {
 public:
  Sender(Listener& user, std::string text) : text_(std::move(text)) {
    user.when_room = [this](Link& link) { feed(link); };
  }
  void feed(Link& link) {
    while (sent_ < text_.size() && link.room() > 0) {
      const std::size_t length = std::min({link.room(), text_.size() - sent_, std::size_t{777}});
      link.send(chunk(text_.substr(sent_, length)));
      sent_ += length;
    }
  }

 private:
  std::string text_;
  std::size_t sent_ = 0;
};

inline std::string numbered_text(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; text.size() < length; ++i) text += std::to_string(i) + ' ';
  text.resize(length);
  return text;
}

}  // namespace palabre::link
