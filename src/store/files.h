#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "base/file.h"
#include "base/result.h"

namespace palabre::store {

/// The files that lie beside a store's.
std::filesystem::path lock_path(const std::filesystem::path& store);
std::filesystem::path wal_path(const std::filesystem::path& store);
std::filesystem::path shm_path(const std::filesystem::path& store);
/// A new store, until it is whole.
std::filesystem::path unfinished_path(const std::filesystem::path& store);
/// With which the name of a copy begins until it is whole.
std::filesystem::path part_path(const std::filesystem::path& copy);
/// What undoes a transaction that was cut off, where there is no write-ahead log.
std::filesystem::path journal_path(const std::filesystem::path& store);

/// Which file it is, whatever it is called.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};
/// Of what this name leads to now; nothing where that is nothing.
std::optional<FileId> file_id(const std::filesystem::path& path);

/// Refuses a link in the place of a store. SQLite keeps its other files beside the one that a link
/// leads to: two servers would not see each other's lock, and a log that is needed would be missed.
Result<void> expect_no_link(const std::filesystem::path& store);

/// Makes the file where there is none, of mode 0600 from its first moment; the other files get
/// their mode from it.
Result<void> make_private_file(const std::filesystem::path& path);

/// Holds a store for one server, as long as it lives; the kernel lets go of it however the process
/// ends. Waits a moment for those who are only looking (see `hold_off_servers`).
Result<Descriptor> lock_for_server(const std::filesystem::path& store);

/// Held while it is looked at, so that no server starts meanwhile; nothing where one is running.
std::optional<Descriptor> hold_off_servers(const std::filesystem::path& store);

/// Renames a file that has been synced; its new name is on the disk then.
Result<void> move_synced(const std::filesystem::path& from, const std::filesystem::path& to);

/// The same, but refuses to replace anything.
Result<void> move_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// An empty file to write a copy into until it is whole.
struct UnfinishedCopy {
  std::filesystem::path path;
  Descriptor held;  ///< others leave it alone while this lives
};
/// Its name is drawn, nobody has made it before, and its mode is 0600: in a folder of many nobody
/// can have made a file that we fill for them. Remains of our own earlier copies of
/// the same name, which were cut off, are removed.
Result<UnfinishedCopy> make_part(const std::filesystem::path& copy);

/// What has been written to `path` is on the disk, its name too.
Result<void> sync_file(const std::filesystem::path& path);

/// The same for a file that SQLite has open, once and again, through a descriptor that stays open
/// as long as this: closing any descriptor of a file gives up all locks that the process has on it.
class SyncedFile {
 public:
  Result<void> sync(const std::filesystem::path& path);

 private:
  std::optional<Descriptor> file_;
};

}  // namespace palabre::store
