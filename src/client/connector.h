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

/// Keeps a session linked to its server, in an event loop. It resolves the server's name and dials
/// its addresses. If the link is gone or silent, it dials again beside the link. The first attempt
/// to open becomes the session's link; all others are closed.
///
/// Borrows `io`, `session` and `known`, which outlive it. One thread.
class Connector {
 public:
  static constexpr std::size_t kMostAttempts = 16;  ///< at once; beyond it the oldest is dropped
  /// Time without a link before `Hear::trouble`.
  static constexpr Duration kPatience = std::chrono::seconds(3);

  struct Hear {
    /// The session may have outcomes. Called often. May call the session.
    std::function<void()> outcomes;
    /// The session's link has stopped answering, or answers again.
    std::function<void(bool is_silent)> silence;
    /// The server cannot be reached, and why. Called once until a link opens; dialling goes on.
    std::function<void(const Error&)> trouble;
    /// The connector has stopped. Either no address has the server, and one of them showed another
    /// pin or another protocol; or `KnownServers` returned an error.
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
  /// Call it after every call to the session: what the session sends goes out soon, together with
  /// what later calls send until then.
  void follow_up();
  /// Closes all links and attempts, and tells the servers.
  void stop();

  /// The pin of the server of the session's last link; nothing before the first link.
  const std::optional<Pin>& seen() const { return pin_; }
  /// How that server was known. Requires that there has been a link.
  KnownServers::Seen trust() const { return trust_; }
  /// Whether the server's pin was neither in the link given by the user nor known before.
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
  std::vector<Address> failed_;         // addresses without the server, since a link last opened
  std::optional<Error> first_refusal_;  // among them: another program, or another server
  std::optional<Error> refusal_;        // `settle` stops for it
  std::optional<Pin> pin_;
  KnownServers::Seen trust_ = KnownServers::Seen::kAgain;
  std::optional<Instant> missing_since_;  // since then no link answers
  bool is_trouble_told_ = false;
  bool is_silence_told_ = false;
  bool is_settling_ = false;
  bool is_asked_to_settle_ = false;
  bool is_stopped_ = false;
};

}  // namespace palabre::client
