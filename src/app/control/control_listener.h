#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "app/control/control_socket.h"
#include "server/doors/operators/request.h"

namespace palabre::app {

/// Accepts operators on the control socket: one request and one answer per connection. It accepts
/// from its construction until `stop`.
///
/// It cannot block the server: all I/O is asynchronous, a request is short, a connection is closed
/// after `kMostSeconds` without progress, and beyond `kMostConnections` the oldest is closed.
class ControlListener {
 public:
  static constexpr std::size_t kMostConnections = 16;
  static constexpr std::chrono::seconds kMostSeconds{5};

  using Done = std::function<void(const server::ControlAnswer&)>;
  /// `Done` is called once, immediately or later; it keeps its connection alive.
  using Answer = std::function<void(const server::ControlRequest&, Done)>;

  /// Borrows `io` and `socket`, which must outlive it; it must outlive every handler that `io` has
  /// yet to run.
  ControlListener(boost::asio::io_context& io, const ControlSocket& socket, Answer answer);
  ~ControlListener();
  ControlListener(const ControlListener&) = delete;
  ControlListener& operator=(const ControlListener&) = delete;

  void stop();

 private:
  class Connection;

  void accept();
  void admit(boost::asio::local::stream_protocol::socket peer);

  const ControlSocket& socket_;
  Answer answer_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::list<std::weak_ptr<Connection>> connections_;  // oldest first
  bool stopped_ = false;
};

}  // namespace palabre::app
