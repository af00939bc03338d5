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

/// An owning file descriptor, closed by the destructor. Move construction leaves the source without
/// a descriptor; move assignment swaps, so the source closes the previous one.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  /// Negative: no descriptor; `errno` has the reason if opening failed.
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// Advice when the process has reached its limit of open files.
inline constexpr std::string_view kMoreOpenFiles = "; allow more open files, see ulimit -n";

/// The error of a failed system call on `path`: `phrase`, with the path in the place of its `{}`,
/// the system's reason for `error`, and `advice`.
/// `cannot("{} cannot be opened", path, errno, "; chmod it.")` says
/// "/a/b cannot be opened: Permission denied; chmod it."
/// For EMFILE and ENFILE the advice is `kMoreOpenFiles` and the exit code EX_OSERR instead.
[[nodiscard]] Unexpected<Error> cannot(fmt::format_string<std::string> phrase,
                                       const std::filesystem::path& path, int error,
                                       std::string_view advice = {}, int exit_code = EX_CANTCREAT);

/// Calls open(2) with `flags`. A created file has mode 0600 from the start. Child processes do not
/// inherit the descriptor, and opening a FIFO does not block.
Descriptor open_private(const std::filesystem::path& path, int flags);

/// Reads at most `most` bytes from the beginning of the file; the file offset is neither used nor
/// moved. Returns nothing if the read fails; `errno` has the reason.
std::optional<std::string> read_up_to(const Descriptor& file, std::size_t most);

/// Writes all of `bytes` at the file offset and calls fsync. Returns false on failure; `errno` has
/// the reason, and part of `bytes` may have been written.
bool write_synced(const Descriptor& file, std::string_view bytes);

/// The folder that contains `path`; `.` if `path` names none.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Syncs the folder, so that the names of its files are on the disk. Returns false on failure;
/// `errno` has the reason.
bool sync_folder(const std::filesystem::path& folder);

/// Renames a file without replacing another. Returns 0 or an errno value; EEXIST if `to` exists. On
/// an error `from` is still there. On a file system without RENAME_NOREPLACE both names may exist
/// for a moment, or after an error.
int rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace palabre
