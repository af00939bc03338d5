#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "link/link.h"
#include "link/quic/client.h"
#include "net/udp_socket.h"

namespace palabre::client {

/// One attempt at a link, and its link once it is open: a QUIC client with a socket of its own, in
/// an event loop. Held by shared pointer, because handlers queued in the loop may outlive it. It
/// reads by itself; its owner calls everything else, and flushes after `on_read`.
class Attempt final : public link::LinkUser, public std::enable_shared_from_this<Attempt> {
 public:
  /// The owner's callbacks; the owner outlives the attempt. They are called only by the event loop,
  /// when the socket is readable, and from `on_deadline`.
  struct Owner {
    link::LinkUser& user;  ///< gets the link's events, except `on_open`
    std::function<void(Attempt&, link::Link&, Instant)> on_open;
    std::function<void(Attempt&, const link::QuicClient::Failure&, Instant)> on_failure;
    /// Called after each read. May release the attempt.
    std::function<void()> on_read;
  };

  /// Begins the handshake. `expected`: the pin to accept; nothing accepts any. An error if there is
  /// no socket; EX_NOHOST for an IPv6 server on a machine without IPv6.
  static Result<std::shared_ptr<Attempt>> dial(boost::asio::io_context& io, const Owner& owner,
                                               const link::QuicTls& tls, const Address& server,
                                               const std::optional<Pin>& expected, Instant now);
  ~Attempt() override;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  const Address& server() const { return server_; }
  Instant began() const { return began_; }
  bool is_open() const { return is_open_; }
  bool is_over() const { return client_->is_over(); }
  /// The pin that the server showed; nothing before that.
  const std::optional<Pin>& seen() const { return seen_; }

  void flush(Instant now);
  std::optional<Instant> next_deadline() const { return client_->next_deadline(); }
  void on_deadline(Instant now);
  /// Closes the link at once and tells the server.
  void hang_up(Instant now);

  // LinkUser
  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& link, std::string_view bytes, Instant now) override;
  void on_room(link::Link& link, Instant now) override;
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

 private:
  Attempt(boost::asio::io_context& io, const Owner& owner, std::unique_ptr<net::UdpSocket> socket,
          const Address& server, Instant now);
  void wait_readable();
  void wait_writable();
  void read_all(Instant now);
  bool was_told_unreachable() const;

  const Owner& owner_;
  Address server_;
  Instant began_;
  std::unique_ptr<net::UdpSocket> socket_;
  std::optional<Pin> seen_;
  std::unique_ptr<link::QuicClient> client_;
  boost::asio::posix::stream_descriptor descriptor_;
  bool is_open_ = false;
  bool waits_to_write_ = false;
};

}  // namespace palabre::client
