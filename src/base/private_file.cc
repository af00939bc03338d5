#include "base/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/fail.h"
#include "base/file.h"

namespace palabre {
namespace {

constexpr std::size_t kLongestFile = std::size_t{64} << 10;
constexpr std::string_view kAdvice = "; check the folder and its owner.";

Result<void> expect_private(const std::filesystem::path& path, const Descriptor& file,
                            mode_t forbidden) {
  struct stat found {};
  if (fstat(file.number(), &found) != 0)
    return cannot("Looking at {} failed", path, errno, kAdvice, EX_NOINPUT);
  if (!S_ISREG(found.st_mode)) {
    return fail(EX_CONFIG, "{} is not a regular file; move it away.", path.string());
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
  const Descriptor file = open_private(path, O_RDONLY);
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  if (!file.is_open()) return cannot("Opening {} failed", path, errno, kAdvice, EX_NOINPUT);
  TRY(expect_private(path, file, forbidden));
  auto bytes = read_up_to(file, kLongestFile + 1);
  if (!bytes) return cannot("Reading {} failed", path, errno, kAdvice, EX_IOERR);
  if (bytes->size() > kLongestFile) {
    return fail(EX_DATAERR, "{} is longer than 64 KiB, so it is the wrong file.", path.string());
  }
  return bytes;
}

Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path unfinished = path.string() + ".new";
  unlink(unfinished.c_str());  // left by an interrupted earlier write
  {
    const Descriptor file = open_private(unfinished, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open()) return cannot("Making {} failed", unfinished, errno, kAdvice);
    if (!write_synced(file, bytes)) {
      return cannot("Writing {} failed", unfinished, errno, kAdvice, EX_IOERR);
    }
  }
  if (rename(unfinished.c_str(), path.c_str()) != 0) {
    return cannot("Replacing {} failed", path, errno, kAdvice);
  }
  if (!sync_folder(folder_of(path))) {
    return cannot("Syncing the folder of {} failed", path, errno, kAdvice, EX_IOERR);
  }
  return {};
}

Result<Secret> load_or_make_secret(const std::filesystem::path& path,
                                   const std::function<Secret()>& draw) {
  TRY(const auto found, read_private_file(path, 0077));
  if (!found) {
    const Secret secret = draw();
    TRY(write_private_file(path, {reinterpret_cast<const char*>(secret.data()), secret.size()}));
    return secret;
  }
  Secret secret{};
  if (found->size() != secret.size()) {
    return fail(EX_DATAERR,
                "{} holds {} bytes instead of 32; remove it, and the server makes a new one.",
                path.string(), found->size());
  }
  std::memcpy(secret.data(), found->data(), secret.size());
  return secret;
}

}  // namespace palabre
