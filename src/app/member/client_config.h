#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/known_servers.h"

namespace palabre::app {

/// What somebody who uses the client need not say each time: the whole of
/// `$XDG_CONFIG_HOME/palabre/config.toml`. Nothing of it has to be there.
struct ClientConfig {
  wire::ServerName host{"localhost", 5000};  ///< `host = "chat.example:5000"`
  std::optional<std::string> nick;           ///< `nick = "awa"`
  bool colour = true;                        ///< `colour = false`
  bool plain = false;                        ///< `plain = true`
};

/// Of the file, if there is one; an error names what is wrong in which line of it.
Result<ClientConfig> read_client_config(const std::filesystem::path& file);
/// The same from where the file usually lies.
Result<ClientConfig> usual_client_config();

/// Nicknames to want, the first that is free, for somebody who has not named one: after the
/// account, then with the machine's name, then with numbers. Few enough for one connection.
std::vector<std::string> nicks_for(std::string_view account, std::string_view machine);
/// The same for whoever runs this.
std::vector<std::string> usual_nicks();

}  // namespace palabre::app
