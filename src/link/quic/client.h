#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/pin.h"
#include "link/link.h"
#include "link/quic/connection.h"
#include "link/quic/packet_batch.h"
#include "link/quic/tls.h"

namespace palabre::link {

/// One attempt at a link to a server, over a socket of its own: bound to no address, so that when
/// the machine's changes the socket stays, and to QUIC it looks like a router that has forgotten.
/// For another attempt, make another client, with another socket; several live side by side.
///
/// After it is made, and after `read`, `on_deadline` or any call to the link, call `flush`. One
/// thread. Borrows its user and `tls`, which outlive it.
class QuicClient final : private QuicCarrier {
 public:
  /// Why it never opened. `ending.why` is in words, which may be the server's: not made safe to
  /// show.
  struct Failure {
    QuicEnding ending;
    std::optional<Pin> seen;  ///< what the server has shown, where it came to that
  };
  /// Called at most once, from `read` or `on_deadline`, and never after `LinkUser::on_open`.
  using OnFailure = std::function<void(const Failure&, Instant)>;

  static constexpr QuicConnection::Timing kTiming{.keep_alive = std::chrono::seconds(10)};

  QuicClient(LinkUser& user, const QuicTls& tls, const Address& server, PinCheck accepts,
             OnFailure on_failure, Instant now, const QuicConnection::Timing& timing = kTiming);
  ~QuicClient() override;

  /// A datagram from anywhere but the server is dropped.
  void read(const Inbound& inbound, Instant now);
  /// Sends what is due. False: the socket has no room, call again once it has.
  bool flush(DatagramSocket& socket, Instant now);
  /// When to call `on_deadline`; it may change with every call of anything else.
  std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  /// The server is told.
  void close(std::string_view why);

  /// The machine was told, say by ICMP, that nobody listens there. Anybody can forge that, so it is
  /// believed while nothing has come from the server.
  void on_unreachable(Instant now);

  bool is_open() const { return connection_->is_open() && !connection_->ending(); }
  /// Nothing will come of it any more, and what it had to send has been given to the socket.
  bool is_over() const { return connection_->is_finished() && batch_.is_empty(); }

 private:
  void on_due(QuicConnection& connection) override;
  void on_new_id(QuicConnection& connection, const ConnectionId& id) override;
  void on_retired_id(const ConnectionId& id) override;
  ResetToken reset_token(const ConnectionId& id) override;

  void look(Instant now);

  static constexpr std::size_t kPacketsInARow = 32;

  const Path path_;
  OnFailure on_failure_;
  PacketBatch batch_{kPacketsInARow};
  std::unique_ptr<QuicConnection> connection_;
  bool has_heard_ = false;
};

}  // namespace palabre::link
