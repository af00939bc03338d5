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
#include "app/serve/fill_watch.h"
#include "app/serve/histories.h"
#include "guard/gate.h"
#include "net/asio_driver.h"
#include "server/house.h"

namespace palabre::app {

/// The event loop's part of serving: signals, shutdown, and periodic checks.
///
/// A server ends by SIGINT, SIGTERM, SIGHUP unless it was ignored at the start, and when the store
/// has failed: authors get the answers they wait for, everybody is told goodbye, then the event
/// loop runs out of work. Each of these two steps takes half a second at most. SIGUSR1 logs the
/// counters.
class ServerLifecycle {
 public:
  /// Borrowed; all of it outlives the lifecycle.
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

  /// Call it when the history has events, or has failed.
  void hear_history();

 private:
  using Clock = std::chrono::steady_clock;

  void close();
  void say_goodbye_by(Clock::time_point latest);
  void leave_by(Clock::time_point latest);
  void count_when_asked();
  void look_around();
  void tell_of_refusals();
  void tell_of_fill();
  void tell_of_tables();
  void tell_of_registry();
  void tell_of_records();
  void live(std::chrono::microseconds pace);
  void log_counts();

  Parts parts_;
  boost::asio::signal_set endings_;
  boost::asio::signal_set questions_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer pulse_;
  std::uint64_t refused_before_ = 0;  // refused messages that the log has reported already
  bool are_refused_ = false;          // the log has reported that messages are refused
  std::optional<Clock::time_point> told_of_refusals_;
  FillWatch fills_;
  bool told_of_disk_ = false;
  bool told_of_public_ = false;
  bool told_of_members_ = false;
  bool told_of_links_ = false;
  bool told_of_registry_ = false;
  bool ending_ = false;  // shutdown has begun: periodic checks do not start again
};

}  // namespace palabre::app
