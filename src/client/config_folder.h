#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"

namespace palabre::client {

/// Where a person's own things lie: `$XDG_CONFIG_HOME/palabre`, else `~/.config/palabre`. Nothing
/// where there is no home.
std::optional<std::filesystem::path> config_folder();

/// Makes it where it is missing, for nobody else to look into.
Result<void> make_config_folder(const std::filesystem::path& folder);

}  // namespace palabre::client
