#pragma once

#include <fmt/core.h>
#include <sys/types.h>
#include <sysexits.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre {

/// A descriptor that is closed with its owner. Moved from, it is none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  /// Negative: there is none, and `errno` said why.
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// Advice for a process that has as many open files as it may have.
inline constexpr std::string_view kMoreOpenFiles = "; allow more open files, see ulimit -n";

/// The error of a system call on `path`: the phrase, which has the path in the place of its `{}`,
/// the system's reason, and what to do. `cannot("{} cannot be opened", path, errno, "; chmod it.")`
/// says "/a/b cannot be opened: Permission denied; chmod it." Where too many files are open it says
/// so instead, with EX_OSERR.
[[nodiscard]] Unexpected<Error> cannot(fmt::format_string<std::string> phrase,
                                       const std::filesystem::path& path, int error,
                                       std::string_view advice = {}, int exit_code = EX_CANTCREAT);

/// As `open(2)` with `flags`; one that is made has mode 0600 from its first moment. No child
/// inherits it, and a pipe in its place does not keep us waiting.
Descriptor open_private(const std::filesystem::path& path, int flags);

/// What a file holds, from its beginning, whatever its offset: at most `most` bytes of it. Nothing
/// where it cannot be read, and `errno` says why.
std::optional<std::string> read_up_to(const Descriptor& file, std::size_t most);

/// Writes all of it where the offset is, and has it on the disk when this returns. False where it
/// cannot be, and `errno` says why; part of it may have been written.
bool write_synced(const Descriptor& file, std::string_view bytes);

/// The folder that `path` is in: `.` where it names none.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// The names of a folder's files are on the disk. False where they cannot be, and `errno` says why.
bool sync_folder(const std::filesystem::path& folder);

/// Renames a file, but replaces nothing. 0, or what went wrong: EEXIST where there is one.
int rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace palabre
