#pragma once

#include <spdlog/logger.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "app/control/control_service.h"
#include "app/control/counts.h"
#include "app/host/neighbours.h"
#include "app/serve/histories.h"
#include "guard/gate.h"
#include "net/asio_driver.h"
#include "server/house.h"

namespace palabre::app {

/// The event loop's part of serving: signals, the way out, and what has to be looked at now and
/// then.
///
/// A server ends by SIGINT, SIGTERM, or the loss of its terminal, and when nothing can be kept any
/// more: whoever waits for an answer hears it, everybody is told goodbye, then the event loop runs
/// out of work. None of it waits longer than a second.
class ServerLifecycle {
 public:
  /// What there is to attend to. Borrowed; all of it outlives the lifecycle.
  struct Parts {
    spdlog::logger& log;
    const Counted& counted;
    const Histories& histories;
    guard::Gate& gate;
    server::House& house;
    net::AsioDriver& driver;
    NeighbourWatch& neighbours;
    ControlService& operators;
  };

  ServerLifecycle(boost::asio::io_context& io, const Parts& parts);
  ServerLifecycle(const ServerLifecycle&) = delete;
  ServerLifecycle& operator=(const ServerLifecycle&) = delete;

  /// The history has something to say.
  void hear_history();

 private:
  using Clock = std::chrono::steady_clock;

  void close();
  void say_goodbye_by(Clock::time_point latest);
  void leave_by(Clock::time_point latest);
  void count_when_asked();
  void look_around();
  void tell_of_refusals();
  void tell_of_registry();
  void tell_of_records();
  void live(std::chrono::microseconds pace);
  void log_counts();

  Parts parts_;
  boost::asio::signal_set endings_;
  boost::asio::signal_set questions_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer pulse_;
  std::uint64_t refused_before_ = 0;  // messages that the log has said all about
  bool are_refused_ = false;          // the log says so
  std::optional<Clock::time_point> told_of_refusals_;
  bool told_of_public_ = false;
  bool told_of_members_ = false;
  bool told_of_links_ = false;
  bool told_of_registry_ = false;
  bool ending_ = false;  // what was under way when the end came begins nothing new
};

}  // namespace palabre::app
