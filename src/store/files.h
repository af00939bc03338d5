#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "base/file.h"
#include "base/result.h"

namespace palabre::store {

/// Paths of the files beside a store.
std::filesystem::path lock_path(const std::filesystem::path& store);
std::filesystem::path wal_path(const std::filesystem::path& store);
std::filesystem::path shm_path(const std::filesystem::path& store);
/// A new store, until it is complete.
std::filesystem::path unfinished_path(const std::filesystem::path& store);
/// The beginning of the name of an incomplete copy.
std::filesystem::path part_path(const std::filesystem::path& copy);
/// SQLite's rollback journal, used when there is no write-ahead log.
std::filesystem::path journal_path(const std::filesystem::path& store);

/// Identity of a file, independent of its name.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};
/// Of the file that `path` names now; empty if there is none.
std::optional<FileId> file_id(const std::filesystem::path& path);

/// Refuses a symbolic link in the place of a store. SQLite keeps its other files beside the target
/// of the link: two servers would not see each other's lock, and `examine_wal` would miss a
/// write-ahead log.
Result<void> expect_no_link(const std::filesystem::path& store);

/// Creates the file if it does not exist, with mode 0600 from the start; SQLite gives its other
/// files the same mode.
Result<void> make_private_file(const std::filesystem::path& path);

/// Locks a store for one server, as long as the descriptor lives; the kernel releases the lock
/// however the process ends. Waits up to a second for readers that hold `hold_off_servers`.
Result<Descriptor> lock_for_server(const std::filesystem::path& store);

/// Keeps servers from starting while the store is examined; empty if a server is running.
std::optional<Descriptor> hold_off_servers(const std::filesystem::path& store);

/// Renames a synced file, and syncs the new name.
Result<void> move_synced(const std::filesystem::path& from, const std::filesystem::path& to);

/// The same, but refuses to replace an existing file.
Result<void> move_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// An empty file that receives a copy until the copy is complete.
struct UnfinishedCopy {
  std::filesystem::path path;
  Descriptor held;  ///< locked while this lives, so that nobody else removes it
};
/// The name is random and new, and the mode is 0600: in a shared folder nobody else can have
/// created the file that we fill. Removes our own incomplete files of earlier, interrupted copies
/// of the same name.
Result<UnfinishedCopy> make_part(const std::filesystem::path& copy);

/// Syncs the contents of `path`, and its name in the folder.
Result<void> sync_file(const std::filesystem::path& path);

/// Like `sync_file`, repeatedly, for a file that SQLite has open. Keeps its descriptor open as long
/// as this lives: closing any descriptor of a file releases all POSIX locks that the process has on
/// it.
class SyncedFile {
 public:
  Result<void> sync(const std::filesystem::path& path);

 private:
  std::optional<Descriptor> file_;
};

}  // namespace palabre::store
