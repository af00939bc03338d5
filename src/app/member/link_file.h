#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre::app {

/// Reads an invite link: the first line that is not empty, cut at 4,096 bytes. A file or standard
/// input keeps the link out of the list of processes and of the shell's history. Input after the
/// line is left unread. An error if there is no such line. `name`: of the input, for the error.
Result<std::string> read_link(int descriptor, std::string_view name);
Result<std::string> read_link(const std::filesystem::path& file);

/// Overwrites invites in this process's arguments, which other users can read in the list of
/// processes. Call it after the arguments have been copied.
void wipe_secrets(int argc, char** argv);

}  // namespace palabre::app
