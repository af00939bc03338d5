#pragma once

#include <optional>
#include <string>

namespace palabre::client {

/// The value of an environment variable if it is an absolute path, or a list that begins with one:
/// the XDG base directory specification allows nothing else.
std::optional<std::string> path_in_environment(const char* name);

/// The user's home: HOME, else the account database (cron and containers may not set HOME). Nothing
/// if neither has it.
std::optional<std::string> home_folder();

/// The user's name: USER, LOGNAME, else the account database (cron and containers may set neither).
/// Empty if none has it.
std::string account_name();

/// From gethostname(2); empty if that fails.
std::string machine_name();

}  // namespace palabre::client
