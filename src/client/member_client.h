#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/connector.h"
#include "client/known_servers.h"
#include "client/member_key.h"
#include "client/session.h"
#include "wire/link_uri.h"

namespace palabre::client {

/// The nicknames to ask for if the key has none yet. The first free one is taken.
struct Nicks {
  std::vector<std::string> wanted;
  bool was_named = false;  ///< by `--nick`: `wanted` has that one
};

/// A sentence if the key has another nickname than the one that `--nick` named.
std::optional<std::string> other_nick_words(const Nicks& nicks, const std::string& nick);

/// A sentence if the server's pin was taken on trust, or cannot be remembered.
std::optional<std::string> trust_words(const wire::ServerName& server, const Connector& connector);

/// A member's key, its session with a server, and the session's connector: the common part of
/// `chat`, `send` and `tail`. Borrows the event loop. Not movable.
class MemberClient {
 public:
  /// Makes the key if there is none. `nicks`: see `Nicks::wanted`. `strict`: an error if the
  /// server's pin is known neither from the link nor from before.
  static Result<std::unique_ptr<MemberClient>> open(boost::asio::io_context& io,
                                                    const wire::Target& target, bool strict,
                                                    std::vector<std::string> nicks,
                                                    client::Connector::Hear hear);
  MemberClient(const MemberClient&) = delete;
  MemberClient& operator=(const MemberClient&) = delete;

  client::Session& session() { return session_; }
  client::Connector& connector() { return connector_; }
  /// The pin that the server showed before, or that the link names.
  std::optional<Pin> expected_pin() const;
  /// The pin that the server showed on the current or last link.
  std::optional<Pin> seen_pin() const;

 private:
  MemberClient(boost::asio::io_context& io, const wire::Target& target,
               std::vector<std::string> nicks, client::Connector::Hear hear, client::MemberKey key,
               const std::filesystem::path& known);
  std::string prove(const client::Session::Nonce& server, const client::Session::Nonce& nonce,
                    const std::optional<link::Link::Exporter>& exporter) const;

  wire::Target target_;
  client::MemberKey key_;
  client::KnownServers known_;
  std::random_device device_;
  client::Session session_;
  client::Connector connector_;
};

/// The exit code and the sentence for a session that ended like this.
Error error_of(const client::Ended& ended);

}  // namespace palabre::client
