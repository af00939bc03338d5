#pragma once

#include <optional>
#include <string>

namespace palabre::client {

/// What the environment says under this name, if it is an absolute path (or a list that begins with
/// one): the XDG base directories allow nothing else.
std::optional<std::string> path_in_environment(const char* name);

}  // namespace palabre::client
