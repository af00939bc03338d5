#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre::app {

/// Reads an invite link: one line. A file or standard input keeps the link out of the list of
/// processes and of the shell's history. Input after the line is left unread.
Result<std::string> read_link(int descriptor, std::string_view name);
Result<std::string> read_link(const std::filesystem::path& file);

/// Overwrites invites in this process's arguments, which other users can read.
void wipe_secrets(int argc, char** argv);

}  // namespace palabre::app
