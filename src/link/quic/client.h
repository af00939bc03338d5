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

/// One attempt at a link to a server, over a socket of its own. The socket is bound to no address,
/// so it survives a change of the machine's addresses: to QUIC that looks like a NAT rebinding. For
/// another attempt make another client with another socket; several may exist side by side.
///
/// After construction, and after `read`, `on_deadline` or any call to the link, call `flush`. One
/// thread. Borrows its user and `tls`, which outlive it.
class QuicClient final : private QuicCarrier {
 public:
  /// Why the link never opened. `ending.why` is text that may come from the server: not sanitised
  /// for display.
  struct Failure {
    QuicEnding ending;
    std::optional<Pin> seen;  ///< the pin of the server's certificate; empty if none was received
  };
  /// Called at most once, from `read` or `on_deadline`, and never after `LinkUser::on_open`.
  using OnFailure = std::function<void(const Failure&, Instant)>;

  static constexpr QuicConnection::Timing kTiming{.keep_alive = std::chrono::seconds(10)};

  QuicClient(LinkUser& user, const QuicTls& tls, const Address& server, PinCheck accepts,
             OnFailure on_failure, Instant now, const QuicConnection::Timing& timing = kTiming);
  ~QuicClient() override;

  /// Drops datagrams from any other address than the server's.
  void read(const Inbound& inbound, Instant now);
  /// Sends what is due. False: the socket has no room, call again once it has.
  bool flush(DatagramSocket& socket, Instant now);
  /// When to call `on_deadline`. Any other call may change it.
  std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  /// Closes the link, and tells the server.
  void close(std::string_view why);

  /// The socket reported that nobody listens at the server's port, for example by ICMP. ICMP can be
  /// forged, so this is ignored once anything has come from the server.
  void on_unreachable(Instant now);

  bool is_open() const { return connection_->is_open() && !connection_->ending(); }
  /// Nothing more will happen, and all its packets have been given to the socket.
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
