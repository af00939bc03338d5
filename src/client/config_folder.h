#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"

namespace palabre::client {

/// The folder of a user's own files: `$XDG_CONFIG_HOME/palabre`, else `~/.config/palabre`. Nothing
/// if the user has no home.
std::optional<std::filesystem::path> config_folder();

/// Makes `folder` (mode 0700), and any folder above it, if missing.
Result<void> make_config_folder(const std::filesystem::path& folder);

}  // namespace palabre::client
