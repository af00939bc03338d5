#include "app/member/client_config.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <toml++/toml.h>

#include <system_error>
#include <utility>

#include "base/fail.h"
#include "client/config_folder.h"
#include "client/environment.h"
#include "wire/clean.h"
#include "wire/link_uri.h"
#include "wire/names.h"

namespace palabre::app {
namespace {

constexpr int kMostNumbered = 7;

Unexpected<Error> wrong(const std::filesystem::path& file, const toml::node& node,
                        std::string_view key, std::string_view what) {
  return fail(EX_CONFIG, "{}:{}: {} {}.", file.string(), node.source().begin.line, key, what);
}

/// The characters of `text` that a nickname may have, or "user" where there are none.
std::string made_valid(std::string_view text) {
  std::string nick;
  for (const char c : wire::clean(text).text) {
    const std::string longer = nick + c;
    if (wire::parse_nick(longer)) nick = longer;
  }
  return nick.empty() ? "user" : nick;
}

/// `base` + `end`, with `base` shortened until the whole is a valid nickname.
std::string with_end(std::string base, const std::string& end) {
  while (!base.empty() && !wire::parse_nick(base + end)) base.pop_back();
  return base + end;
}

Result<void> take(const std::filesystem::path& file, std::string_view key, const toml::node& node,
                  ClientConfig& config) {
  if (key == "host") {
    const auto text = node.value_exact<std::string>();
    const auto target = text ? wire::parse_target(*text) : Result<wire::Target>();
    if (!text || !target)
      return wrong(file, node, key, R"(must be a server, "HOST" or "HOST:PORT")");
    config.host = target->server;
  } else if (key == "nick") {
    const auto text = node.value_exact<std::string>();
    if (!text || !wire::parse_nick(*text)) return wrong(file, node, key, "must be a nickname");
    config.nick = *text;
  } else if (key == "colour" || key == "plain") {
    const auto value = node.value_exact<bool>();
    if (!value) return wrong(file, node, key, "must be true or false");
    (key == "colour" ? config.colour : config.plain) = *value;
  } else {
    return wrong(file, node, key, "is no option; there are host, nick, colour and plain");
  }
  return {};
}

}  // namespace

Result<ClientConfig> read_client_config(const std::filesystem::path& file) {
  ClientConfig config;
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return config;
  try {
    for (const auto& [key, node] : toml::parse_file(file.string())) {
      TRY(take(file, key.str(), node, config));
    }
  } catch (const toml::parse_error& error) {
    return fail(EX_CONFIG, "{}:{}: {}.", file.string(), error.source().begin.line,
                error.description());
  }
  return config;
}

Result<ClientConfig> usual_client_config() {
  const auto folder = client::config_folder();
  return folder ? read_client_config(*folder / "config.toml") : ClientConfig{};
}

std::vector<std::string> nicks_for(std::string_view account, std::string_view machine) {
  const std::string nick = made_valid(account);
  const std::string host = made_valid(machine.substr(0, machine.find('.')));
  std::vector<std::string> nicks{nick, with_end(nick, "-" + host)};
  for (int i = 2; i <= kMostNumbered; ++i) nicks.push_back(with_end(nick, fmt::format("-{}", i)));
  return nicks;
}

std::vector<std::string> usual_nicks() {
  return nicks_for(client::account_name(), client::machine_name());
}

}  // namespace palabre::app
