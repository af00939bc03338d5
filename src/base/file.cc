#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/fail.h"

namespace palabre {

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Unexpected<Error> cannot(fmt::format_string<std::string> phrase, const std::filesystem::path& path,
                         int error, std::string_view advice, int exit_code) {
  // The path is not at fault then, so the caller's advice would mislead.
  const bool too_many_open = error == EMFILE || error == ENFILE;
  return fail(too_many_open ? EX_OSERR : exit_code, "{}: {}{}", fmt::format(phrase, path.string()),
              std::generic_category().message(error), too_many_open ? kMoreOpenFiles : advice);
}

Descriptor open_private(const std::filesystem::path& path, int flags) {
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0600));
}

std::optional<std::string> read_up_to(const Descriptor& file, std::size_t most) {
  std::string all;
  std::array<char, 4096> part{};
  while (all.size() < most) {
    const std::size_t wanted = std::min(part.size(), most - all.size());
    const ssize_t got = ::pread(file.number(), part.data(), wanted, static_cast<off_t>(all.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    all.append(part.data(), static_cast<std::size_t>(got));
  }
  return all;
}

bool write_synced(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.number()) == 0;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() && ::fsync(opened.number()) == 0;
}

int rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Some file systems do not support RENAME_NOREPLACE. link(2) does not replace a file either.
  return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0 ? 0 : errno;
}

}  // namespace palabre
