#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

namespace palabre::client {

/// Waits in an event loop until a descriptor can be read, or until its other end is gone. Asio
/// makes what it waits for non-blocking, and a terminal is shared, flags and all, with standard
/// output and with the shell: so it is given an epoll of ours to wait for, which has the descriptor
/// in it.
class DescriptorWatch {
 public:
  /// Nothing where nobody can wait, because it is always ready: a file, a folder, /dev/null.
  /// Borrows the descriptor.
  static std::unique_ptr<DescriptorWatch> for_input(boost::asio::io_context& io, int descriptor);
  /// Of an output: until it has no reader any more, which else only a write finds out.
  static std::unique_ptr<DescriptorWatch> for_hang_up(boost::asio::io_context& io, int descriptor);

  /// Calls once there is what it waits for, or an end or an error to find. One wait at a time.
  /// What it calls must be there for as long as the loop runs.
  void wait(std::function<void()> on_ready);

 private:
  static std::unique_ptr<DescriptorWatch> open(boost::asio::io_context& io, int descriptor,
                                               std::uint32_t events);
  DescriptorWatch(boost::asio::io_context& io, int epoll) : epoll_(io, epoll) {}

  boost::asio::posix::stream_descriptor epoll_;
};

}  // namespace palabre::client
