#pragma once

#include <optional>
#include <string>

namespace palabre::client {

/// What the environment says under this name, if it is an absolute path (or a list that begins with
/// one): the XDG base directories allow nothing else.
std::optional<std::string> path_in_environment(const char* name);

/// Where the user's own files are: HOME, else what the account database says, as where cron or a
/// container starts a command. Nothing where neither knows.
std::optional<std::string> home_folder();

/// The user's name: USER, LOGNAME, else what the account database says, since cron and containers
/// set neither; empty where nobody knows.
std::string account_name();

/// As gethostname(2) has it; empty where it has none.
std::string machine_name();

}  // namespace palabre::client
