#include "client/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/fail.h"

namespace palabre::client {

PrivateFile::PrivateFile(const std::filesystem::path& path, int flags)
    // A pipe in its place must not keep us waiting.
    : path_(path), number_(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0600)) {}

PrivateFile::~PrivateFile() {
  if (number_ >= 0) ::close(number_);
}

Result<std::string> PrivateFile::read() const {
  struct stat found {};
  if (::fstat(number_, &found) != 0) return cannot("looked at", path_, errno);
  if (!S_ISREG(found.st_mode) || static_cast<std::size_t>(found.st_size) > kMostBytes) {
    return fail(EX_CONFIG, "{} is not a file that palabre has made; move it away.", path_.string());
  }
  std::string all;
  std::array<char, 4096> part{};
  while (all.size() <= kMostBytes) {
    const ssize_t got = ::pread(number_, part.data(), part.size(), static_cast<off_t>(all.size()));
    if (got < 0) return cannot("read", path_, errno);
    if (got == 0) break;
    all.append(part.data(), static_cast<std::size_t>(got));
  }
  return all;
}

Result<void> PrivateFile::append(std::string_view bytes) const {
  const off_t before = ::lseek(number_, 0, SEEK_END);
  if (before < 0) return cannot("written", path_, errno);
  const ssize_t written = ::write(number_, bytes.data(), bytes.size());
  if (written == static_cast<ssize_t>(bytes.size()) && ::fsync(number_) == 0) return {};
  const int error = written >= 0 && written < static_cast<ssize_t>(bytes.size()) ? ENOSPC : errno;
  if (::ftruncate(number_, before) != 0) return cannot("written, and is damaged", path_, error);
  return cannot("written", path_, error);
}

bool PrivateFile::is_open_to_others() const {
  struct stat found {};
  return ::fstat(number_, &found) != 0 || (found.st_mode & 077) != 0;
}

Unexpected<Error> cannot(const char* be_done, const std::filesystem::path& path, int error) {
  return fail(EX_CANTCREAT, "{} cannot be {}: {}; look at the folder and at whose it is.",
              path.string(), be_done, std::generic_category().message(error));
}

void sync_folder(const std::filesystem::path& folder) {
  const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0) return;
  ::fsync(number);
  ::close(number);
}

}  // namespace palabre::client
