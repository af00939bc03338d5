#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre {

/// Reads a small file whole; returns nothing if the file does not exist. Fails if the mode has a
/// bit of `forbidden` (0077 refuses every right of group and others), if the file is longer than 64
/// KiB, or if it is not a regular file. The owner is not checked. Symbolic links are followed.
Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path,
                                                     mode_t forbidden);

/// Creates or replaces the file, with mode 0600 from the start. At `path` other processes see the
/// old file or the whole new one. Requires one writer per path at a time: the temporary file is
/// always `path` with `.new` appended, and one that exists is removed. On success the file and its
/// name are on the disk. After an error the old or the new file is at `path`; the temporary file
/// may be left.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes);

using Secret = std::array<std::uint8_t, 32>;
/// The secret in this file, of mode 0600. Where there is no file, `draw` makes the secret, which is
/// then written.
Result<Secret> load_or_make_secret(const std::filesystem::path& path,
                                   const std::function<Secret()>& draw);

}  // namespace palabre
