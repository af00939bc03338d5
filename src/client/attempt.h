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

/// One attempt at a link, and the link that comes of it: a QUIC client with a socket of its own, in
/// an event loop. Owned through a shared pointer, since what the loop still has to run may outlive
/// it. It does nothing by itself but read: whoever owns it is told (`on_read`) and then flushes.
class Attempt final : public link::LinkUser, public std::enable_shared_from_this<Attempt> {
 public:
  /// Its owner, who outlives it. None is called from within a call to the attempt but `read_all`
  /// and `on_deadline`.
  struct Owner {
    link::LinkUser& user;  ///< of the link, once it is open
    std::function<void(Attempt&, link::Link&, Instant)> on_open;
    std::function<void(Attempt&, const link::QuicClient::Failure&, Instant)> on_failure;
    /// Something came. The attempt may be let go of within it.
    std::function<void()> on_read;
  };

  /// Begins. `expected`: nothing accepts any server. An error where there is no socket to be had.
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
  /// What the server has shown, if it came to that.
  const std::optional<Pin>& seen() const { return seen_; }

  void flush(Instant now);
  std::optional<Instant> next_deadline() const { return client_->next_deadline(); }
  void on_deadline(Instant now);
  /// Says goodbye at once, if there is anybody to say it to.
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
