#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "base/time.h"
#include "link/driven.h"
#include "net/udp_socket.h"

namespace palabre::net {

/// Drives something from an event loop: readable, writable, and the deadline. Starts at once; ends
/// with `stop`, or with the io_context. Borrows all three; they outlive it, and it outlives every
/// handler that the io_context still has to run.
class AsioDriver {
 public:
  AsioDriver(boost::asio::io_context& io, link::Driven& driven, const UdpSocket& socket);
  ~AsioDriver();
  AsioDriver(const AsioDriver&) = delete;
  AsioDriver& operator=(const AsioDriver&) = delete;

  /// Waits for what it wants next. To be called after whatever others did to it.
  void follow_up();

  /// Waits for nothing more.
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
