#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/pin.h"
#include "base/result.h"
#include "wire/link_uri.h"

namespace palabre::client {

/// Which server has which pin, as ssh does it: the first one that is seen is remembered, and
/// another one at its place is refused. A file of lines `HOST:PORT PIN`, and of comments (`#`),
/// read as people and their editors write them; a line that cannot be read is an error, with its
/// number. What is in it is never changed, only added to. Several may use it at once: each call
/// waits for the file, and reads it anew.
class KnownServers {
 public:
  explicit KnownServers(std::filesystem::path file) : file_(std::move(file)) {}

  /// Before connecting: the pin that the server has to have, that of its link or the one that is
  /// known; nothing where it will be seen for the first time. An error where the two differ.
  Result<std::optional<Pin>> expected(const wire::ServerName& server,
                                      const std::optional<Pin>& of_link) const;

  enum class Seen {
    kAgain,
    kNotRemembered,  ///< its link vouches for it, and there is nowhere to write
    kFirst,  ///< and is remembered now: whose it is has been taken on trust, unless a link said it
  };
  /// When the server has shown `pin`, which it holds the key of. An error, with nothing remembered,
  /// where that is not the expected one.
  Result<Seen> confirm(const wire::ServerName& server, const std::optional<Pin>& of_link,
                       const Pin& pin) const;

 private:
  Result<Seen> remember(const wire::ServerName& server, const Pin& pin) const;

  struct Known {
    Pin pin;
    std::size_t line = 0;
  };
  struct Read {
    std::optional<Known> known;
    bool ends_with_newline = true;
  };
  Result<Read> read(const std::string& all, const wire::ServerName& server) const;
  Error differs_from_link(const wire::ServerName& server, const Pin& of_link,
                          const Known& known) const;
  Error changed(const wire::ServerName& server, const Pin& pin, const Known& known) const;

  std::filesystem::path file_;
};

/// `$XDG_CONFIG_HOME/palabre/known_servers`; see `config_folder`. An error where there is no home.
Result<std::filesystem::path> usual_known_servers_file();

}  // namespace palabre::client
