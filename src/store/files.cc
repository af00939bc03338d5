#include "store/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/fail.h"

namespace palabre::store {
namespace {

constexpr auto kLockPause = std::chrono::milliseconds(10);
constexpr int kLockTries = 100;
constexpr std::string_view kAdvice = "; look at the folder and at its owner";

std::filesystem::path beside(const std::filesystem::path& store, const char* ending) {
  std::filesystem::path path = store;
  path += ending;
  return path;
}

/// The files of interrupted copies, and SQLite's journals beside them.
void remove_abandoned_parts(const std::filesystem::path& copy) {
  const std::filesystem::path beginning = part_path(copy);
  const std::filesystem::path folder =
      beginning.has_parent_path() ? beginning.parent_path() : std::filesystem::path(".");
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::filesystem::path path = entry->path();
    if (!path.filename().string().starts_with(beginning.filename().string())) continue;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat found {};
    const bool is_ours = file.is_open() && ::fstat(file.number(), &found) == 0 &&
                         S_ISREG(found.st_mode) && found.st_uid == ::geteuid();
    std::error_code ignored;
    if (is_ours && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0) {
      std::filesystem::remove(path, ignored);
    }
  }
}

}  // namespace

std::filesystem::path lock_path(const std::filesystem::path& store) {
  return beside(store, ".lock");
}
std::filesystem::path wal_path(const std::filesystem::path& store) { return beside(store, "-wal"); }
std::filesystem::path shm_path(const std::filesystem::path& store) { return beside(store, "-shm"); }
std::filesystem::path unfinished_path(const std::filesystem::path& store) {
  return beside(store, ".new");
}
std::filesystem::path part_path(const std::filesystem::path& copy) {
  return beside(copy, ".part-");
}
std::filesystem::path journal_path(const std::filesystem::path& store) {
  return beside(store, "-journal");
}

std::optional<FileId> file_id(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileId{found.st_dev, found.st_ino};
}

Result<void> expect_no_link(const std::filesystem::path& store) {
  std::error_code unknown;
  if (!std::filesystem::is_symlink(store, unknown)) return {};
  return fail(EX_CONFIG,
              "{} is a link, and the files beside its target would be looked for beside the link; "
              "give the folder of the file itself",
              store.string());
}

Result<void> make_private_file(const std::filesystem::path& path) {
  const Descriptor file = open_private(path, O_RDWR | O_CREAT);
  if (!file.is_open()) return cannot("{} cannot be opened", path, errno, kAdvice);
  return {};
}

Result<Descriptor> lock_for_server(const std::filesystem::path& store) {
  const std::filesystem::path path = lock_path(store);
  Descriptor file = open_private(path, O_RDWR | O_CREAT);
  if (!file.is_open()) return cannot("{} cannot be opened", path, errno, kAdvice);
  for (int i = 0; ::flock(file.number(), LOCK_EX | LOCK_NB) != 0; ++i) {
    if (errno != EWOULDBLOCK) return cannot("{} cannot be locked", path, errno, kAdvice);
    if (i == kLockTries) {
      return fail(EX_TEMPFAIL,
                  "another server keeps its rooms in {}; end that one, or give another folder",
                  store.string());
    }
    std::this_thread::sleep_for(kLockPause);
  }
  return file;
}

std::optional<Descriptor> hold_off_servers(const std::filesystem::path& store) {
  Descriptor file(::open(lock_path(store).c_str(), O_RDONLY | O_CLOEXEC));
  // Without the lock file no server has ever run on the store, or the store is a copy.
  if (file.number() >= 0 && ::flock(file.number(), LOCK_SH | LOCK_NB) != 0) return std::nullopt;
  return file;
}

Result<void> move_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return cannot("{} cannot be made", to, errno, kAdvice);
  return sync_file(to);
}

Result<void> move_to_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int error = rename_to_new(from, to);
  if (error != 0) return cannot("{} cannot be made", to, error, kAdvice);
  return sync_file(to);
}

Result<UnfinishedCopy> make_part(const std::filesystem::path& copy) {
  remove_abandoned_parts(copy);
  std::string name = part_path(copy).string() + "XXXXXX";
  Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) return cannot("{} cannot be made", name, errno, kAdvice);
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    return cannot("{} cannot be locked", name, errno, kAdvice);
  }
  return UnfinishedCopy{name, std::move(file)};
}

Result<void> sync_file(const std::filesystem::path& path) { return SyncedFile().sync(path); }

Result<void> SyncedFile::sync(const std::filesystem::path& path) {
  if (!file_ || file_->number() < 0) file_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file_->number() < 0 || ::fsync(file_->number()) != 0)
    return cannot("{} cannot be synced", path, errno, kAdvice);
  const std::filesystem::path folder = folder_of(path);
  if (!sync_folder(folder)) return cannot("{} cannot be synced", folder, errno, kAdvice);
  return {};
}

}  // namespace palabre::store
