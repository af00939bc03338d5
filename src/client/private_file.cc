#include "client/private_file.h"

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/fail.h"

namespace palabre::client {

PrivateFile::PrivateFile(const std::filesystem::path& path, int flags)
    : path_(path), file_(open_private(path, flags)) {}

Result<std::string> PrivateFile::read() const {
  struct stat found {};
  if (::fstat(number(), &found) != 0) {
    return cannot("{} cannot be looked at", path_, errno, kAdvice);
  }
  if (!S_ISREG(found.st_mode) || static_cast<std::size_t>(found.st_size) > kMostBytes) {
    return fail(EX_CONFIG, "{} is not a file that palabre has made; move it away.", path_.string());
  }
  auto all = read_up_to(file_, kMostBytes);
  if (!all) return cannot("{} cannot be read", path_, errno, kAdvice);
  return *std::move(all);
}

Result<void> PrivateFile::append(std::string_view bytes) const {
  const off_t before = ::lseek(number(), 0, SEEK_END);
  if (before < 0) return cannot("{} cannot be written", path_, errno, kAdvice);
  if (write_synced(file_, bytes)) return {};
  const int error = errno;
  if (::ftruncate(number(), before) != 0) {
    return cannot("{} cannot be written, and is damaged", path_, error, kAdvice);
  }
  return cannot("{} cannot be written", path_, error, kAdvice);
}

bool PrivateFile::is_open_to_others() const {
  struct stat found {};
  return ::fstat(number(), &found) != 0 || (found.st_mode & 077) != 0;
}

bool PrivateFile::is_writable_by_others() const {
  struct stat found {};
  return ::fstat(number(), &found) != 0 || (found.st_mode & 022) != 0;
}

}  // namespace palabre::client
