#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre::app {

/// A link's one line, from where no other process of the machine sees it: an argument is in the
/// list of processes, and in the shell's history. What follows the line is left to be read.
Result<std::string> read_link(int descriptor, std::string_view name);
Result<std::string> read_link(const std::filesystem::path& file);

/// Overwrites the invites among the arguments of this process, which others may look at.
void wipe_secrets(int argc, char** argv);

}  // namespace palabre::app
