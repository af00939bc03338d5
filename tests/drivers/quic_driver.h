#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/socket_driver.h"
#include "link/quic/client.h"
#include "link/quic/server.h"

namespace palabre::link {

using namespace std::chrono_literals;

Address host(int last, std::uint16_t port);

class WireSocket;

/// The user of a `WireSocket`: a server's connections, or a client's one.
struct Carrier {
  std::function<bool(const Inbound&, Instant)> claim;  ///< false: a stray
  std::function<void(Instant)> flush;
  std::function<std::optional<Instant>()> next_deadline;
  std::function<void(Instant)> on_deadline;
};
Carrier carrier_of(QuicServer& server);
Carrier carrier_of(QuicClient& client, DatagramSocket& socket);

/// A simulated network with its own clock: datagrams are delayed, and may be lost, duplicated or
/// reordered, by a seed. Time jumps from event to event.
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
  void run_for(Duration time);

  Instant now{std::chrono::hours(1)};
  Duration delay = 10ms;
  int lose_every = 0;      ///< loses every Nth datagram; 0: none
  int double_percent = 0;  ///< percentage of duplicated datagrams
  int late_percent = 0;  ///< percentage of datagrams delayed by up to 30 ms more, so behind others
  std::size_t mtu = 1472;                     ///< longer datagrams are lost
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

/// One end of the network: a carrier and its socket.
class WireSocket final : public DatagramSocket {
 public:
  WireSocket(Wire& wire, const Address& here) : at(here), wire_(wire) {
    wire_.sockets_.push_back(this);
  }
  ~WireSocket() override { std::erase(wire_.sockets_, this); }
  WireSocket(const WireSocket&) = delete;
  WireSocket& operator=(const WireSocket&) = delete;

  std::span<const Inbound> receive() override { return {}; }
  std::size_t send(std::span<const Outbound> datagrams) override;

  Address at;
  std::optional<Carrier> carrier;
  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::uint64_t not_owned = 0;

 private:
  Wire& wire_;
};

/// Records the calls of a link's user; may echo.
class Listener final : public LinkUser {
 public:
  struct Heard {
    std::string bytes;
    std::vector<std::string> datagrams;
    std::size_t rooms = 0;
    std::optional<Closed> closed;
  };

  void on_open(Link& link, Instant) override;
  void on_bytes(Link& link, std::string_view bytes, Instant) override;
  void on_datagram(Link& link, std::string_view bytes, Instant) override;
  void on_room(Link& link, Instant) override;
  void on_moved(Link& link, Instant) override { moved_to = link.peer(); }
  void on_closed(Link& link, const Closed& how, Instant) override;

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

Chunk chunk(std::string text);

const Certificate& test_certificate();

/// A server at 10.0.0.1:5000, and clients to dial it.
struct QuicWorld {
  struct Dialed {
    WireSocket socket;
    Listener user;
    std::optional<QuicClient::Failure> failure;
    int failures = 0;
    std::unique_ptr<QuicClient> client;

    Dialed(Wire& on, const Address& from) : socket(on, from) {}
  };

  explicit QuicWorld(std::uint32_t seed = 1, const QuicServer::Limits& limits = {});

  /// Restarts the server, which keeps only its certificate and its secret.
  void restart(const QuicServer::Limits& limits = {});

  std::unique_ptr<Dialed> dial(const Address& from, PinCheck accepts = {},
                               const QuicTls* with = nullptr);

  /// Dials, and waits until the link is open.
  std::unique_ptr<Dialed> connect(const Address& from);

  Wire wire;
  QuicSecret secret = QuicSecret::random();
  QuicServer::Owner owner;  ///< of the next `restart`
  std::unique_ptr<QuicTls> tls = QuicTls::client();
  WireSocket server_socket{wire, host(1, 5000)};
  Listener server_user;
  std::unique_ptr<QuicServer> server;
};

/// Sends all of the text, as far as the link has room; continues in `when_room`.
class Sender {
 public:
  Sender(Listener& user, std::string text);
  void feed(Link& link);

 private:
  std::string text_;
  std::size_t sent_ = 0;
};

std::string numbered_text(std::size_t length);

}  // namespace palabre::link
