#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/known_servers.h"

namespace palabre::app {

/// The client's configuration file, `$XDG_CONFIG_HOME/palabre/config.toml`. All keys are optional.
struct ClientConfig {
  wire::ServerName host{"localhost", 5000};  ///< `host = "chat.example:5000"`
  std::optional<std::string> nick;           ///< `nick = "awa"`
  bool colour = true;                        ///< `colour = false`
  bool plain = false;                        ///< `plain = true`
};

/// The defaults if there is no such file. An error names the line and its mistake.
Result<ClientConfig> read_client_config(const std::filesystem::path& file);
/// The same for the file at its usual place.
Result<ClientConfig> usual_client_config();

/// Nicknames to try in this order, for a user who has not named one: the account's name; the
/// account's name with the machine's name; the account's name with numbers. All of them can be
/// tried on one connection.
std::vector<std::string> nicks_for(std::string_view account, std::string_view machine);
/// The same for the user and the machine of this process.
std::vector<std::string> usual_nicks();

}  // namespace palabre::app
