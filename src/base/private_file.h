#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre {

/// Reads a small file whole; returns nothing if it does not exist. Fails if its mode has any of the
/// bits in `forbidden` (0077: accessible to its owner only), if it is longer than 64 KiB, or if it
/// is not a regular file.
Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path,
                                                     mode_t forbidden);

/// Creates or replaces the file, with mode 0600 from the start. At `path` other processes see
/// the old file or the whole new one. On return the file and its name are on the disk.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace palabre
