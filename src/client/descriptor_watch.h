#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

namespace palabre::client {

/// Waits in an event loop until a descriptor is readable, or until its other end is gone. Asio
/// makes the descriptors that it waits for non-blocking. A terminal shares that flag with standard
/// output and with the shell, so Asio waits for an epoll descriptor that contains it instead.
class DescriptorWatch {
 public:
  /// Null if epoll does not support the descriptor because it is always ready: a file, a folder,
  /// /dev/null. Borrows the descriptor.
  static std::unique_ptr<DescriptorWatch> for_input(boost::asio::io_context& io, int descriptor);
  /// Waits until an output has no reader any more, without a write. Null as in `for_input`.
  static std::unique_ptr<DescriptorWatch> for_hang_up(boost::asio::io_context& io, int descriptor);

  /// Calls `on_ready` once, when the event comes or the descriptor is at its end or has an error.
  /// One wait at a time. What `on_ready` refers to must outlive the loop's run.
  void wait(std::function<void()> on_ready);

 private:
  static std::unique_ptr<DescriptorWatch> open(boost::asio::io_context& io, int descriptor,
                                               std::uint32_t events);
  DescriptorWatch(boost::asio::io_context& io, int epoll) : epoll_(io, epoll) {}

  boost::asio::posix::stream_descriptor epoll_;
};

}  // namespace palabre::client
