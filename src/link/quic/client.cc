#include "link/quic/client.h"

#include <sodium/randombytes.h>

#include <stdexcept>
#include <utility>

namespace palabre::link {

QuicClient::QuicClient(LinkUser& user, const QuicTls& tls, const Address& server, PinCheck accepts,
                       OnFailure on_failure, Instant now, const QuicConnection::Timing& timing)
    : path_{server, {}},
      on_failure_(std::move(on_failure)),
      connection_(QuicConnection::dial(*this, user, tls, std::move(accepts), timing, path_, now)) {
  if (connection_ == nullptr) throw std::runtime_error("A QUIC connection cannot be made.");
}

QuicClient::~QuicClient() = default;

void QuicClient::read(const Inbound& inbound, Instant now) {
  if (inbound.path.peer != path_.peer || inbound.bytes.empty()) return;
  has_heard_ = true;
  // Always the same path: the kernel chooses and may change our local address.
  connection_->read(path_, inbound.bytes, now);
  look(now);
}

bool QuicClient::flush(DatagramSocket& socket, Instant now) {
  if (!batch_.send(socket)) return false;
  while (connection_->write(batch_, kPacketsInARow, now)) {
    if (!batch_.send(socket)) return false;
  }
  return batch_.send(socket);
}

std::optional<Instant> QuicClient::next_deadline() const { return connection_->deadline(); }

void QuicClient::on_deadline(Instant now) {
  connection_->on_deadline(now);
  look(now);
}

void QuicClient::close(std::string_view why) { connection_->close_at_once(0, why); }

void QuicClient::on_unreachable(Instant now) {
  if (has_heard_) return;
  connection_->give_up({QuicEnding::Cause::kUnreachable, 0, "nobody listens there"}, now);
  look(now);
}

/// Reports a failure before the link has opened.
void QuicClient::look(Instant now) {
  if (!connection_->ending() || connection_->is_open() || !on_failure_) return;
  if (connection_->ending()->cause == QuicEnding::Cause::kClosedHere) return;
  std::exchange(on_failure_, {})({*connection_->ending(), connection_->seen_pin()}, now);
}

void QuicClient::on_due(QuicConnection&) {}

void QuicClient::on_new_id(QuicConnection&, const ConnectionId&) {}

void QuicClient::on_retired_id(const ConnectionId&) {}

/// Random, because nobody sends resets for a client that is gone: its socket is gone too.
QuicCarrier::ResetToken QuicClient::reset_token(const ConnectionId&) {
  ResetToken token{};
  randombytes_buf(token.data(), token.size());
  return token;
}

}  // namespace palabre::link
