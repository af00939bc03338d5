#include "drivers/quic_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace palabre::link {

Address host(int last, std::uint16_t port) {
  return *Address::parse("10.0.0." + std::to_string(last), port);
}

Carrier carrier_of(QuicServer& server) {
  return {[&server](const Inbound& inbound, Instant now) {
            const bool is_its = server.claim(inbound, now);
            if (!is_its) server.strays().claim(inbound, now);
            return is_its;
          },
          [&server](Instant now) { server.flush(now); },
          [&server] { return server.next_deadline(); },
          [&server](Instant now) { server.on_deadline(now); }};
}

Carrier carrier_of(QuicClient& client, DatagramSocket& socket) {
  return {[&client](const Inbound& inbound, Instant now) {
            client.read(inbound, now);
            return true;
          },
          [&client, &socket](Instant now) { client.flush(socket, now); },
          [&client] { return client.next_deadline(); },
          [&client](Instant now) { client.on_deadline(now); }};
}

void Wire::run_for(Duration time) {
  run_until([] { return false; }, time);
}

std::size_t WireSocket::send(std::span<const Outbound> datagrams) {
  std::size_t sent = 0;
  for (; sent < datagrams.size() && room > 0; ++sent, --room) {
    cut_up(datagrams[sent], [&](std::string bytes) {
      wire_.send({at, datagrams[sent].path->peer, std::move(bytes)});
    });
  }
  return sent;
}

void Wire::send(Flight flight) {
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

void Wire::flush_all() {
  for (WireSocket* const socket : sockets_) {
    if (socket->carrier) socket->carrier->flush(now);
  }
}

void Wire::deliver(const Flight& flight) {
  for (WireSocket* const socket : sockets_) {
    if (socket->at != flight.to || !socket->carrier) continue;
    const Inbound inbound{{flight.from, flight.to.raw().sin6_addr}, 1, flight.bytes};
    if (!socket->carrier->claim(inbound, now)) ++socket->not_owned;
    return;
  }
}

std::optional<Instant> Wire::next_event() const {
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

bool Wire::run_until(const std::function<bool()>& is_done, Duration limit) {
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

void Listener::on_open(Link& link, Instant) {
  links.insert(&link);
  ++opened;
  last = &link;
  heard[&link] = {};
}

void Listener::on_bytes(Link& link, std::string_view bytes, Instant) {
  heard[&link].bytes += bytes;
  if (echoes) link.send(std::make_shared<const std::string>(bytes));
  if (consumes) link.consumed(bytes.size());
}

void Listener::on_datagram(Link& link, std::string_view bytes, Instant) {
  heard[&link].datagrams.emplace_back(bytes);
  if (echoes) link.send_unreliably(bytes);
}

void Listener::on_room(Link& link, Instant) {
  ++heard[&link].rooms;
  if (when_room) when_room(link);
}

void Listener::on_closed(Link& link, const Closed& how, Instant) {
  links.erase(&link);
  ++closed;
  last_closed = how;
  heard[&link].closed = how;
}

Chunk chunk(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

const Certificate& test_certificate() {
  static const Certificate certificate = Certificate::ephemeral();
  return certificate;
}

QuicWorld::QuicWorld(std::uint32_t seed, const QuicServer::Limits& limits) : wire(seed) {
  restart(limits);
}

void QuicWorld::restart(const QuicServer::Limits& limits) {
  server_socket.carrier.reset();
  server_user = Listener();
  server_user.echoes = true;
  server = std::make_unique<QuicServer>(server_user, server_socket, test_certificate(), secret,
                                        limits, QuicConnection::Timing{}, owner);
  server_socket.carrier = carrier_of(*server);
}

std::unique_ptr<QuicWorld::Dialed> QuicWorld::dial(const Address& from, PinCheck accepts,
                                                   const QuicTls* with) {
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

std::unique_ptr<QuicWorld::Dialed> QuicWorld::connect(const Address& from) {
  auto dialed = dial(from);
  EXPECT_TRUE(wire.run_until([&] { return dialed->user.opened == 1; }));
  return dialed;
}

Sender::Sender(Listener& user, std::string text) : text_(std::move(text)) {
  user.when_room = [this](Link& link) { feed(link); };
}

void Sender::feed(Link& link) {
  while (sent_ < text_.size() && link.room() > 0) {
    const std::size_t length = std::min({link.room(), text_.size() - sent_, std::size_t{777}});
    link.send(chunk(text_.substr(sent_, length)));
    sent_ += length;
  }
}

std::string numbered_text(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; text.size() < length; ++i) text += std::to_string(i) + ' ';
  text.resize(length);
  return text;
}

}  // namespace palabre::link
