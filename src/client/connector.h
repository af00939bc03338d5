#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/pin.h"
#include "base/result.h"
#include "client/attempt.h"
#include "client/dial_plan.h"
#include "client/known_servers.h"
#include "client/lookup.h"
#include "client/session.h"
#include "link/quic/tls.h"

namespace palabre::client {

/// Keeps a session linked to its server, in an event loop: finds its addresses, dials them, and
/// when the link is gone or does not answer any more, dials anew beside it. Whichever opens first
/// is the session's; all others are closed. Attempts at once are `kMostAttempts` at most.
///
/// Borrows what it is given; all of that outlives it. One thread.
class Connector {
 public:
  static constexpr std::size_t kMostAttempts = 16;
  /// How long nothing opens before somebody is told.
  static constexpr Duration kPatience = std::chrono::seconds(3);

  struct Hear {
    /// The session may have outcomes. Called often. May ask anything of the session.
    std::function<void()> outcomes;
    /// The session's link does not answer, or does again.
    std::function<void(bool is_silent)> silence;
    /// Nothing can be reached, and why; said once until a link opens. It goes on trying.
    std::function<void(const Error&)> trouble;
    /// The server is not to be spoken to: at none of its addresses, where one has another pin or no
    /// such protocol. It has stopped.
    std::function<void(const Error&)> refused;
  };

  struct Server {
    wire::ServerName name;
    std::optional<Pin> pin_of_link;
  };

  Connector(boost::asio::io_context& io, Session& session, const KnownServers& known, Server server,
            Hear hear, Naming naming = {});
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  void start();
  /// To be called after whatever was asked of the session: what that sends goes out soon, with what
  /// else is asked until then.
  void follow_up();
  /// Closes everything, and says goodbye.
  void stop();

  /// What the server of the session's link has shown; nothing before there was one.
  const std::optional<Pin>& seen() const { return pin_; }
  /// How the server of the session's link was known. Requires that there was one.
  KnownServers::Seen trust() const { return trust_; }
  /// Its pin was in no link, and not known before.
  bool is_taken_on_trust() const {
    return trust_ == KnownServers::Seen::kFirst && !server_.pin_of_link;
  }

 private:
  void resolve();
  void resolve_later();
  void on_resolved(const std::vector<Address>& addresses);
  void settle();
  void look_after_attempts(Instant now);
  void dial(const Address& address, Instant now);
  void on_open(Attempt& attempt, link::Link& link, Instant now);
  void on_failure(const Attempt& attempt, const link::QuicClient::Failure& failure);
  void on_no_server(const Address& address, const std::optional<Error>& refusal);
  void tell_trouble(const Error& error);
  void refuse(Error error);
  void arm(Instant now);
  std::optional<Instant> next_deadline(Instant now) const;

  boost::asio::io_context& io_;
  Session& session_;
  const KnownServers& known_;
  Server server_;
  Hear hear_;
  std::unique_ptr<link::QuicTls> tls_;
  Duration resolve_pause_;
  Lookup lookup_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer resolve_timer_;
  Attempt::Owner owner_;

  DialPlan plan_;
  std::vector<std::shared_ptr<Attempt>> attempts_;
  std::vector<Address> failed_;  // where there is no server of ours, since a link opened last
  std::optional<Error> first_refusal_;  // of those: another program, or another server
  std::optional<Error> refusal_;
  std::optional<Pin> pin_;
  KnownServers::Seen trust_ = KnownServers::Seen::kAgain;
  std::optional<Instant> missing_since_;  // since when no link answers
  bool is_trouble_told_ = false;
  bool is_silence_told_ = false;
  bool is_settling_ = false;
  bool is_asked_to_settle_ = false;
  bool is_stopped_ = false;
};

}  // namespace palabre::client
