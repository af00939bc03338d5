#include "base/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/fail.h"

namespace palabre {
namespace {

constexpr std::size_t kLongestFile = std::size_t{64} << 10;

class OpenFile {
 public:
  explicit OpenFile(int number) : number_(number) {}
  ~OpenFile() {
    if (number_ >= 0) close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

Unexpected<Error> failed(std::string_view what, const std::filesystem::path& path, int error,
                         int exit_code) {
  return fail(exit_code, "{} {} failed: {}; see to the folder and its owner.", what, path.string(),
              std::generic_category().message(error));
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const OpenFile opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.number() >= 0 && fsync(opened.number()) == 0;
}

Result<void> expect_private(const std::filesystem::path& path, int file, mode_t forbidden) {
  struct stat found {};
  if (fstat(file, &found) != 0) return failed("Looking at", path, errno, EX_NOINPUT);
  if (!S_ISREG(found.st_mode)) {
    return fail(EX_CONFIG, "{} is no file; move away what is there.", path.string());
  }
  if ((found.st_mode & forbidden) != 0) {
    return fail(EX_NOPERM,
                "{} is a secret that other users may read (mode {:04o}); chmod 600 "
                "it, and if they may have read it, remove it to have a new one made.",
                path.string(), found.st_mode & 07777);
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path,
                                                     mode_t forbidden) {
  const OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0 && errno == ENOENT) return std::nullopt;
  if (file.number() < 0) return failed("Opening", path, errno, EX_NOINPUT);
  TRY(expect_private(path, file.number(), forbidden));
  std::string bytes(kLongestFile + 1, '\0');
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = read(file.number(), bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("Reading", path, errno, EX_IOERR);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length > kLongestFile) {
    return fail(EX_DATAERR, "{} is longer than 64 KiB; it is not the file that is meant.",
                path.string());
  }
  bytes.resize(length);
  return bytes;
}

Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path unfinished = path.string() + ".new";
  unlink(unfinished.c_str());  // of a start that was cut off
  {
    const OpenFile file(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.number() < 0) return failed("Making", unfinished, errno, EX_CANTCREAT);
    if (!write_all(file.number(), bytes) || fsync(file.number()) != 0) {
      return failed("Writing", unfinished, errno, EX_IOERR);
    }
  }
  if (rename(unfinished.c_str(), path.c_str()) != 0) {
    return failed("Naming", path, errno, EX_CANTCREAT);
  }
  if (!sync_folder(path)) return failed("Syncing the folder of", path, errno, EX_IOERR);
  return {};
}

}  // namespace palabre
