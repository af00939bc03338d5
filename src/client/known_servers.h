#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/pin.h"
#include "base/result.h"
#include "wire/link_uri.h"

namespace palabre::client {

/// The pins of known servers, trust on first use as in ssh: a server's first pin is remembered, and
/// another one is refused later. The file has lines `HOST:PORT PIN` and comments (`#`), with the
/// blanks and line ends that editors write; an unreadable line is an error with its number. Lines
/// are only appended. Several processes may use it: each call locks the file and reads it again.
class KnownServers {
 public:
  explicit KnownServers(std::filesystem::path file) : file_(std::move(file)) {}

  /// Before connecting: the pin that the server must have, from its link or from the file; nothing
  /// if there is neither. An error if the two differ.
  Result<std::optional<Pin>> expected(const wire::ServerName& server,
                                      const std::optional<Pin>& of_link) const;

  enum class Seen {
    kAgain,
    kNotRemembered,  ///< the link's pin matched; the file could not be written
    kFirst,          ///< remembered now; taken on trust unless the link named the pin
  };
  /// After the handshake, which has proven that the server holds the key of `pin`. An error if
  /// another pin was expected; nothing is remembered then.
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

/// `$XDG_CONFIG_HOME/palabre/known_servers`; see `config_folder`. An error if the user has no home.
Result<std::filesystem::path> usual_known_servers_file();

}  // namespace palabre::client
