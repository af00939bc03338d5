#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/result.h"
#include "client/member_client.h"
#include "client/outcome.h"
#include "wire/link_uri.h"

namespace palabre::app {

struct ErrandOptions {
  wire::Target target;
  client::Nicks nicks;
  bool wait = false;                 ///< wait for a server that cannot be reached
  std::chrono::seconds timeout{30};  ///< end after this long without progress
  bool strict = false;               ///< as `MemberClient::open` has it
};

/// The common part of `send` and `tail`: joins one room as a member, times out when nothing
/// progresses, and ends with one result. Borrows the event loop and the options. Not movable. Notes
/// about another nickname or a new server go to standard error.
class Errand {
 public:
  struct Hear {
    /// `session().take_outcomes()` has outcomes. The caller passes those it does not handle to
    /// `see`.
    std::function<void()> outcomes;
    /// No progress for `timeout`. The timer is not restarted unless `be_patient` is called.
    std::function<void()> impatience;
    /// SIGTERM, SIGHUP or SIGINT has come. Called at most once; the caller ends `run`.
    std::function<void(Error)> signal;
  };

  Errand(boost::asio::io_context& io, const ErrandOptions& options, Hear hear);
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  /// Joins the room, calls `begin` before anything is sent, and returns after `end`. Runs the event
  /// loop; meanwhile SIGTERM, SIGHUP and SIGINT call `Hear::signal`. Call it once.
  Result<void> run(const std::function<void()>& begin);

  client::Session& session() { return member_->session(); }
  client::Connector& connector() { return member_->connector(); }

  /// Restarts the timeout.
  void be_patient();
  /// Stops the timeout.
  void wait_for_ever() { patience_.cancel(); }
  /// Ends `run`; only the first call counts. Exit code 0 means success.
  void end(Error error);
  bool is_over() const { return is_over_; }

  void see(const client::Welcomed& welcomed);
  void see(const client::JoinRefused& refused);
  void see(const client::Ended& ended);
  template <typename T>
  void see(const T& /*ignored*/) {}

 private:
  boost::asio::io_context& io_;
  const ErrandOptions& options_;
  Hear hear_;
  boost::asio::steady_timer patience_;
  std::unique_ptr<client::MemberClient> member_;
  bool was_online_ = false;  // from then on only the timeout ends it
  bool is_over_ = false;
  Result<void> result_;
};

}  // namespace palabre::app
