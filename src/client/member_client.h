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

/// The nicknames to want where the key has none yet, the first that is free.
struct Nicks {
  std::vector<std::string> wanted;
  bool was_named = false;  ///< by `--nick`: there is one, and another is a surprise
};

/// In words, where the key goes by another nickname than the one that was named.
std::optional<std::string> other_nick_words(const Nicks& nicks, const std::string& nick);

/// In words, where the server was seen for the first time, or cannot be remembered.
std::optional<std::string> trust_words(const wire::ServerName& server, const Connector& connector);

/// A member's key, its session with a server, and what keeps that linked: all that `chat`, `send`
/// and `tail` have in common. Borrows the event loop. Stays where it is.
class MemberClient {
 public:
  /// The key is made where there is none. `nicks` are those to want. Where nothing is taken on
  /// trust
  /// (`strict`), a server that is not known, by a pin of its link or from before, is refused.
  static Result<std::unique_ptr<MemberClient>> open(boost::asio::io_context& io,
                                                    const wire::Target& target, bool strict,
                                                    std::vector<std::string> nicks,
                                                    client::Connector::Hear hear);
  MemberClient(const MemberClient&) = delete;
  MemberClient& operator=(const MemberClient&) = delete;

  client::Session& session() { return session_; }
  client::Connector& connector() { return connector_; }
  /// The pin that the server has shown before, or that its link names.
  std::optional<Pin> expected_pin() const;
  /// The one that it has shown now.
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

/// What to exit with when a session ends like this, and the words for it.
Error error_of(const client::Ended& ended);

}  // namespace palabre::client
