#include "client/attempt.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sysexits.h>

#include <array>
#include <utility>

#include "base/clock.h"
#include "base/fail.h"

namespace palabre::client {
namespace {

using boost::system::error_code;

// Batches read in a row before other handlers run.
constexpr int kBatchesInARow = 16;

/// Turns the socket's error queue on or off: ICMP errors about the datagrams that we send.
void hear_of_errors(int descriptor, bool hear) {
  const int on = hear ? 1 : 0;
  ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
}

}  // namespace

Result<std::shared_ptr<Attempt>> Attempt::dial(boost::asio::io_context& io, const Owner& owner,
                                               const link::QuicTls& tls, const Address& server,
                                               const std::optional<Pin>& expected, Instant now) {
  auto socket = net::UdpSocket::open(Address());
  if (!socket) return fail(socket.error());
  if ((*socket)->is_v4_only() && !server.is_v4()) {
    return fail(EX_NOHOST,
                "{} is an IPv6 address, and this machine has no IPv6; name the server's IPv4 "
                "address, or turn IPv6 on.",
                server.ip());
  }
  (*socket)->set_dont_fragment();
  hear_of_errors((*socket)->descriptor(), true);
  std::shared_ptr<Attempt> attempt(new Attempt(io, owner, *std::move(socket), server, now));
  Attempt& self = *attempt;
  self.client_ = std::make_unique<link::QuicClient>(
      self, tls, server,
      [&self, expected](const Pin& pin) {
        self.seen_ = pin;
        return !expected || pin == *expected;
      },
      [&self](const link::QuicClient::Failure& failure, Instant at) {
        self.owner_.on_failure(self, failure, at);
      },
      now);
  self.wait_readable();
  return attempt;
}

Attempt::Attempt(boost::asio::io_context& io, const Owner& owner,
                 std::unique_ptr<net::UdpSocket> socket, const Address& server, Instant now)
    : owner_(owner),
      server_(server),
      began_(now),
      socket_(std::move(socket)),
      descriptor_(io, socket_->descriptor()) {}

// `socket_` closes the descriptor.
Attempt::~Attempt() { descriptor_.release(); }

void Attempt::wait_readable() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [weak = weak_from_this()](error_code error) {
                           const auto self = weak.lock();
                           if (error || !self) return;
                           self->read_all(clock_now());
                           self->wait_readable();
                           self->owner_.on_read();
                         });
}

void Attempt::wait_writable() {
  if (std::exchange(waits_to_write_, true)) return;
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                         [weak = weak_from_this()](error_code error) {
                           const auto self = weak.lock();
                           if (error || !self) return;
                           self->waits_to_write_ = false;
                           self->flush(clock_now());
                         });
}

void Attempt::read_all(Instant now) {
  for (int batch = 0; batch < kBatchesInARow; ++batch) {
    const auto datagrams = socket_->receive();
    if (datagrams.empty()) break;
    for (const link::Inbound& inbound : datagrams) {
      client_->read(inbound, now);
    }
  }
  if (!is_open_ && was_told_unreachable()) client_->on_unreachable(now);
}

/// Empties the socket's error queue; true if there was an error. The socket sends to one server
/// only.
bool Attempt::was_told_unreachable() const {
  bool told = false;
  std::array<char, 512> control{};
  msghdr message{};
  for (int i = 0; i < kBatchesInARow; ++i) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket_->descriptor(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    told = true;
  }
  return told;
}

void Attempt::flush(Instant now) {
  if (!client_->flush(*socket_, now)) wait_writable();
}

void Attempt::on_deadline(Instant now) {
  const auto due = client_->next_deadline();
  if (due && *due <= now) client_->on_deadline(now);
}

void Attempt::hang_up(Instant now) {
  client_->close("goodbye");
  client_->flush(*socket_, now);
}

void Attempt::on_open(link::Link& link, Instant now) {
  is_open_ = true;
  hear_of_errors(socket_->descriptor(), false);  // from now on QUIC's timeouts decide
  owner_.on_open(*this, link, now);
}

void Attempt::on_bytes(link::Link& link, std::string_view bytes, Instant now) {
  owner_.user.on_bytes(link, bytes, now);
}

void Attempt::on_datagram(link::Link& link, std::string_view bytes, Instant now) {
  owner_.user.on_datagram(link, bytes, now);
}

void Attempt::on_room(link::Link& link, Instant now) { owner_.user.on_room(link, now); }

void Attempt::on_closed(link::Link& link, const Closed& how, Instant now) {
  owner_.user.on_closed(link, how, now);
}

}  // namespace palabre::client
