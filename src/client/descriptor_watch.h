#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>

namespace palabre::client {

/// Waits in an event loop until a descriptor can be read. Asio makes what it waits for
/// non-blocking, and a terminal is shared, flags and all, with standard output and with the shell:
/// so it is given an epoll of ours to wait for, which has the descriptor in it.
class InputWatch {
 public:
  /// Nothing where nobody can wait, because it is always ready: a file, a folder, /dev/null.
  /// Borrows the descriptor.
  static std::unique_ptr<InputWatch> open(boost::asio::io_context& io, int descriptor);

  /// Calls once there is something to read, or an end or an error to find. One wait at a time.
  /// What it calls must be there for as long as the loop runs.
  void wait(std::function<void()> on_ready);

 private:
  InputWatch(boost::asio::io_context& io, int epoll) : epoll_(io, epoll) {}

  boost::asio::posix::stream_descriptor epoll_;
};

}  // namespace palabre::client
