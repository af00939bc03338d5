#pragma once

#include <filesystem>

#include "app/serve/serve_options.h"
#include "base/result.h"

namespace palabre::app {

/// Reads a TOML file of options; keys that it lacks have the values of `defaults`. The error names
/// the file, the line and the key.
Result<ServeOptions> read_options_file(const std::filesystem::path& path,
                                       const ServeOptions& defaults);

}  // namespace palabre::app
