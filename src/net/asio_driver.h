#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "base/time.h"
#include "link/driven.h"
#include "net/udp_socket.h"

namespace palabre::net {

/// Drives a `Driven` from an event loop: readable, writable, deadline. Starts at once; ends with
/// `stop` or with the io_context. Borrows all three arguments, which must outlive the driver. The
/// driver must exist until the io_context runs no further handler.
class AsioDriver {
 public:
  AsioDriver(boost::asio::io_context& io, link::Driven& driven, const UdpSocket& socket);
  ~AsioDriver();
  AsioDriver(const AsioDriver&) = delete;
  AsioDriver& operator=(const AsioDriver&) = delete;

  /// Arms the waits that `driven` wants next. Call it after any call to `driven` from elsewhere. No
  /// effect after `stop`.
  void follow_up();

  /// Cancels all waits, for good. `driven` is not called again.
  void stop();

 private:
  void wait_readable();
  void on_readable();

  link::Driven& driven_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  std::optional<Instant> armed_for_;
  bool waits_to_write_ = false;
  bool stopped_ = false;
};

}  // namespace palabre::net
