#include "app/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/fail.h"
#include "base/file.h"
#include "client/environment.h"
#include "link/quic/certificate.h"
#include "link/quic/secret.h"

namespace palabre::app {
namespace {

constexpr const char* kStoreName = "palabre.db";
constexpr std::string_view kAdvice = "; --data names another folder, --memory keeps nothing.";

/// All files that a server writes there: the store, SQLite's files and the lock beside it, and the
/// server's identity.
constexpr std::array kOurs{
    "palabre.db",
    "palabre.db-wal",
    "palabre.db-shm",
    "palabre.db-lock",
    "palabre.db.lock",
    link::Certificate::kKeyName,
    link::Certificate::kCertificateName,
    link::QuicSecret::kFileName,
    kCloaksFileName,
};

/// Follows no symbolic link: it may lead to somebody else's file.
bool give(const std::filesystem::path& path, const Account& owner) {
  return ::lchown(path.c_str(), owner.user, owner.group) == 0 || errno == ENOENT;
}

/// Requires that the folder is there.
Result<void> hand_over(const std::filesystem::path& folder, bool is_new, const Account& owner) {
  struct stat found {};
  if (::lstat(folder.c_str(), &found) != 0)
    return cannot("Looking at {} failed", folder, errno, kAdvice);
  const bool is_ours = is_new || found.st_uid == owner.user;
  if (!is_ours) {
    // Also allowed: a folder that root alone can write and that is empty or holds a store (not
    // /tmp, nor somebody's home); and a store of user nobody, whom earlier versions became where
    // there was no user palabre.
    std::error_code error;
    const auto nobody = account_named("nobody");
    const bool was_nobodys = nobody && found.st_uid == nobody->user &&
                             std::filesystem::exists(folder / kStoreName, error);
    const bool is_roots_alone = found.st_uid == 0 && (found.st_mode & 022) == 0 &&
                                (std::filesystem::is_empty(folder, error) ||
                                 std::filesystem::exists(folder / kStoreName, error));
    if (!is_roots_alone && !was_nobodys) {
      return fail(EX_CANTCREAT,
                  "{} does not belong to {}, the user that the server runs as; chown it, "
                  "or name another folder with --data.",
                  folder.string(), owner.name);
    }
  }
  for (const char* name : kOurs) {
    if (!give(folder / name, owner))
      return cannot("Handing over {} failed", folder / name, errno, kAdvice);
  }
  if (!give(folder, owner)) return cannot("Handing over {} failed", folder, errno, kAdvice);
  return {};
}

}  // namespace

std::optional<std::filesystem::path> default_data_folder() {
  if (const auto given = client::path_in_environment("STATE_DIRECTORY"))
    return given->substr(0, given->find(':'));
  if (::geteuid() == 0) return "/var/lib/palabre";
  if (const auto state = client::path_in_environment("XDG_STATE_HOME")) return *state + "/palabre";
  if (const auto home = client::home_folder()) return *home + "/.local/state/palabre";
  return std::nullopt;
}

Result<std::filesystem::path> store_path(const std::filesystem::path& folder) {
  std::error_code error;
  if (!folder.empty()) {
    const auto whole = std::filesystem::absolute(folder, error);
    if (error) return cannot("Finding the folder {} failed", folder, error.value(), kAdvice);
    return whole / kStoreName;
  }
  if (const auto usual = default_data_folder()) return *usual / kStoreName;
  return fail(EX_CONFIG,
              "There is no home folder to store rooms in; --data names a folder, --memory "
              "keeps nothing.");
}

Result<void> prepare_data_folder(const std::filesystem::path& folder,
                                 const std::optional<Account>& owner) {
  std::error_code error;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (error)
    return cannot("Making the folder {} failed", folder.parent_path(), error.value(), kAdvice);
  const bool is_new = ::mkdir(folder.c_str(), 0700) == 0;
  if (!is_new && errno != EEXIST)
    return cannot("Making the folder {} failed", folder, errno, kAdvice);
  if (owner) {
    TRY(hand_over(folder, is_new, *owner));
  }
  if (::chdir(folder.c_str()) != 0) return cannot("Entering {} failed", folder, errno, kAdvice);
  return {};
}

std::filesystem::path reachable(const std::filesystem::path& store) {
  const bool is_open = ::access(store.parent_path().c_str(), X_OK) == 0;
  return is_open ? store : store.filename();
}

}  // namespace palabre::app
