#include "app/control/control_listener.h"

#include <sys/socket.h>
#include <sysexits.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace palabre::app {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

/// When accept fails, for lack of descriptors say, an immediate retry would spin.
constexpr auto kPauseAfterError = std::chrono::seconds(1);

std::optional<uid_t> user_of(stream_protocol::socket& peer) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(peer.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return std::nullopt;
  }
  return credentials.uid;
}

}  // namespace

/// Lives while an operation on it is pending, or an answer is due to it.
class ControlListener::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(stream_protocol::socket peer, const Answer& answer)
      : peer_(std::move(peer)), timer_(peer_.get_executor()), answer_(answer) {}

  void read() {
    wait();
    asio::async_read_until(peer_, asio::dynamic_buffer(bytes_, server::kMostRequestBytes), '\n',
                           [self = shared_from_this()](error_code error, std::size_t size) {
                             if (!self->is_open()) return;
                             if (!error) return self->on_line(size);
                             if (error != asio::error::not_found) return self->close();
                             self->write({EX_DATAERR, "A request is one line, and a short one."});
                           });
  }

  void write(const server::ControlAnswer& answer) {
    wait();
    bytes_ = encode(answer);
    asio::async_write(peer_, asio::buffer(bytes_),
                      [self = shared_from_this()](error_code, std::size_t) { self->close(); });
  }

  void close() {
    timer_.cancel();
    error_code ignored;
    peer_.close(ignored);
  }

  bool is_open() const { return peer_.is_open(); }

 private:
  void on_line(std::size_t size) {
    const auto request = server::parse_request(std::string_view(bytes_).substr(0, size - 1));
    if (!request) return write({request.error().exit_code, request.error().sentence});
    answer_(*request, [self = shared_from_this()](const server::ControlAnswer& answer) {
      if (self->is_open()) self->write(answer);
    });
  }

  void wait() {
    timer_.expires_after(kMostSeconds);
    timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (!error && self) self->close();
    });
  }

  stream_protocol::socket peer_;
  asio::steady_timer timer_;
  const Answer& answer_;
  std::string bytes_;  // the request, then its answer
};

ControlListener::ControlListener(asio::io_context& io, const ControlSocket& socket, Answer answer)
    : socket_(socket),
      answer_(std::move(answer)),
      acceptor_(io, stream_protocol(), socket.descriptor()),
      pause_(io) {
  accept();
}

// `socket_` closes the descriptor.
ControlListener::~ControlListener() {
  error_code ignored;
  acceptor_.release(ignored);
}

void ControlListener::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.cancel(ignored);
  pause_.cancel();
  for (const auto& weak : connections_) {
    if (const auto connection = weak.lock()) connection->close();
  }
}

void ControlListener::accept() {
  acceptor_.async_accept([this](error_code error, stream_protocol::socket peer) {
    if (stopped_) return;
    if (!error) {
      admit(std::move(peer));
      return accept();
    }
    pause_.expires_after(kPauseAfterError);
    pause_.async_wait([this](error_code cancelled) {
      if (!cancelled && !stopped_) accept();
    });
  });
}

void ControlListener::admit(stream_protocol::socket peer) {
  std::erase_if(connections_, [](const auto& weak) {
    const auto connection = weak.lock();
    return !connection || !connection->is_open();
  });
  if (connections_.size() == kMostConnections) {
    if (const auto oldest = connections_.front().lock()) oldest->close();
    connections_.pop_front();
  }
  const auto user = user_of(peer);
  const auto connection = std::make_shared<Connection>(std::move(peer), answer_);
  connections_.push_back(connection);
  if (user && socket_.may_speak(*user)) {
    connection->read();
  } else {
    connection->write({EX_NOPERM, "Only root and the server's own user may speak here: try sudo."});
  }
}

}  // namespace palabre::app
