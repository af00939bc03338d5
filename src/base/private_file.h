#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre {

/// Reads a small file whole; nothing where there is none. Refuses one whose mode has any of the
/// bits `forbidden` (0077: its owner's alone), one longer than 64 KiB, and what is no plain file.
Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path,
                                                     mode_t forbidden);

/// Makes or replaces it, of mode 0600 from its first moment: another process sees it whole or not
/// at all, and it is on the disk, its name too, when this returns.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace palabre
