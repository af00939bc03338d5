#include "client/member_client.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <utility>

#include "base/fail.h"
#include "wire/login.h"

namespace palabre::client {
namespace {

std::string text_of(const auto& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Result<std::unique_ptr<MemberClient>> MemberClient::open(boost::asio::io_context& io,
                                                         const wire::Target& target, bool strict,
                                                         std::vector<std::string> nicks,
                                                         client::Connector::Hear hear) {
  TRY(const auto file, client::usual_key_file());
  TRY(auto key, client::MemberKey::load_or_make(file));
  TRY(const auto known, client::usual_known_servers_file());
  if (strict) {
    TRY(const auto pin, KnownServers(known).expected(target.server, target.pin));
    if (!pin) {
      return fail(EX_NOPERM,
                  "{} is not known, and --strict takes nothing on trust: name its pin with --pin, "
                  "or use a link that has it.",
                  to_text(target.server));
    }
  }
  return std::unique_ptr<MemberClient>(
      new MemberClient(io, target, std::move(nicks), std::move(hear), std::move(key), known));
}

MemberClient::MemberClient(boost::asio::io_context& io, const wire::Target& target,
                           std::vector<std::string> nicks, client::Connector::Hear hear,
                           client::MemberKey key, const std::filesystem::path& known)
    : target_(target),
      key_(std::move(key)),
      known_(known),
      session_({text_of(key_.public_key().bytes),
                [this](const auto& server, const auto& nonce, const auto& exporter) {
                  return prove(server, nonce, exporter);
                },
                std::move(nicks), "palabre"},
               [this] { return std::uniform_int_distribution<std::uint64_t>{}(device_); }),
      connector_(io, session_, known_, {target.server, target.pin}, std::move(hear)) {}

std::optional<Pin> MemberClient::expected_pin() const {
  return known_.expected(target_.server, target_.pin).value_or(std::nullopt);
}

std::optional<Pin> MemberClient::seen_pin() const { return connector_.seen(); }

std::string MemberClient::prove(const client::Session::Nonce& server,
                                const client::Session::Nonce& nonce,
                                const std::optional<link::Link::Exporter>& exporter) const {
  // Only a test's link, which is not the connector's, has no pin.
  const Pin pin = connector_.seen().value_or(Pin{});
  const wire::LoginTo to{{server}, {nonce}, pin.bytes, exporter};
  return text_of(key_.sign(wire::login_message(to)).bytes);
}

std::optional<std::string> other_nick_words(const Nicks& nicks, const std::string& nick) {
  if (!nicks.was_named || nicks.wanted.front() == nick) return std::nullopt;
  return fmt::format(
      "Your key is {} here already, and --nick {} is ignored; /nick in a chat is for another.",
      nick, nicks.wanted.front());
}

std::optional<std::string> trust_words(const wire::ServerName& server, const Connector& connector) {
  const std::string name = to_text(server);
  if (connector.trust() == KnownServers::Seen::kNotRemembered) {
    return fmt::format("{} cannot be remembered here; its link vouches for it.", name);
  }
  if (!connector.is_taken_on_trust()) return std::nullopt;
  return fmt::format("The first time here: from now on {} is the server with the pin {}.", name,
                     to_text(*connector.seen()));
}

Error error_of(const client::Ended& ended) {
  using Why = client::Ended::Why;
  switch (ended.why) {
    case Why::kQuit:
      return {EX_OK, ended.words};
    case Why::kNonsense:
      return {EX_PROTOCOL, ended.words};
    case Why::kBadNick:
      return {EX_USAGE, ended.words};
    case Why::kNickTaken:
      return {EX_NOPERM,
              "That nickname is taken, or looks like one that is; name another with --nick."};
    default:
      return {EX_NOPERM, ended.words};
  }
}

}  // namespace palabre::client
