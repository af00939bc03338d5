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
  bool wait = false;                 ///< for a server that cannot be reached
  std::chrono::seconds timeout{30};  ///< without any progress
  bool strict = false;               ///< as `MemberClient::open` has it
};

/// What `send` and `tail` have in common: a member goes to one room, does what it came for, loses
/// its patience where nothing goes on, and ends with one result. Borrows the event loop and the
/// options. Stays where it is.
class Errand {
 public:
  struct Hear {
    /// There is something in `session().take_outcomes()`. What is not for the user is given `see`.
    std::function<void()> outcomes;
    /// Nothing has gone on for as long as `timeout`; nothing more is waited for unless it is asked.
    std::function<void()> impatience;
    /// A signal asks it to end.
    std::function<void(Error)> signal;
  };

  Errand(boost::asio::io_context& io, const ErrandOptions& options, Hear hear);
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  /// Joins the room, has `begin` called before anything is sent, and returns after `end`.
  Result<void> run(const std::function<void()>& begin);

  client::Session& session() { return member_->session(); }
  client::Connector& connector() { return member_->connector(); }

  /// From now on, again as long as `timeout`.
  void be_patient();
  /// Without an end.
  void wait_for_ever() { patience_.cancel(); }
  /// Only the first one counts. An exit code of 0: it has done what it came for.
  void end(Error error);
  bool is_over() const { return is_over_; }

  void see(const client::Welcomed& welcomed);
  void see(const client::JoinRefused& refused);
  void see(const client::Ended& ended);
  template <typename T>
  void see(const T& /*of no concern*/) {}

 private:
  boost::asio::io_context& io_;
  const ErrandOptions& options_;
  Hear hear_;
  boost::asio::steady_timer patience_;
  std::unique_ptr<client::MemberClient> member_;
  bool was_online_ = false;  // from then on only patience ends it
  bool is_over_ = false;
  Result<void> result_;
};

}  // namespace palabre::app
