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

/// Hears operators on the control socket: a connection, a request, its answer. It starts at once,
/// and ends with `stop`.
///
/// It cannot hold the server up: nothing waits, a request is short, a connection has
/// `kMostSeconds`, and of more than `kMostConnections` the oldest goes.
class ControlListener {
 public:
  static constexpr std::size_t kMostConnections = 16;
  static constexpr std::chrono::seconds kMostSeconds{5};

  using Done = std::function<void(const server::ControlAnswer&)>;
  /// `Done` is to be called once, at once or later; it keeps what it is about alive.
  using Answer = std::function<void(const server::ControlRequest&, Done)>;

  /// Borrows both; they outlive it, and it outlives every handler that `io` still has to run.
  ControlListener(boost::asio::io_context& io, const ControlSocket& socket, Answer answer);
  ~ControlListener();
  ControlListener(const ControlListener&) = delete;
  ControlListener& operator=(const ControlListener&) = delete;

  void stop();

 private:
  class Connection;

  void accept();
  void take(boost::asio::local::stream_protocol::socket peer);

  const ControlSocket& socket_;
  Answer answer_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::list<std::weak_ptr<Connection>> connections_;  // the oldest first
  bool stopped_ = false;
};

}  // namespace palabre::app
