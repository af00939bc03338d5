#pragma once

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "drivers/temporary_folder.h"
#include "drivers/vfs_below.h"
#include "random.h"

namespace palabre::sim {

/// The disk under a real store: a SQLite VFS over a folder in memory that knows which bytes have
/// been synced. It fails writes and syncs, fills up, loses its power, or survives the death of the
/// process. One at a time; registered while it lives.
///
/// The model of a disk: a synced byte stays; after a power cut each write since the
/// last sync is there, is not, or is there in part (in units of 512 bytes), in any combination. A
/// sync that fails confirms nothing, and later syncs do not confirm what it was for. The index of
/// the write-ahead log is memory shared by the connections: after a power cut it is as it was, or
/// is gone. Names of files are durable at once.
class SqliteDisk {
 public:
  /// `random` decides what a power cut leaves. Throws where there is no folder.
  explicit SqliteDisk(Random random);
  ~SqliteDisk();
  SqliteDisk(const SqliteDisk&) = delete;
  SqliteDisk& operator=(const SqliteDisk&) = delete;

  static constexpr const char* kName = "simulated";
  std::filesystem::path store() const { return folder_.path() / "rooms"; }

  /// The process dies, or the machine loses its power. Nothing that is called afterwards reaches
  /// the files: let the process's objects be destroyed, then `restart`. No effect if it has ended.
  enum class End { kKilled, kPowerCut };
  void end(End how);
  std::optional<End> ended() const { return ended_; }
  /// Requires that nothing of the last process has a file open.
  void restart();

  /// The fault of the `count`th call (1: the next one) from now on. A death happens at any call
  /// that changes a file; the other faults at the first call of their kind from there.
  enum class Fault { kKilled, kPowerCut, kWriteFails, kSyncFails };
  void plan(Fault what, std::uint64_t count);
  void plan_nothing() { planned_ = 0; }
  /// No file can grow.
  void set_full(bool full) { full_ = full; }

  /// Bytes of the store and of its write-ahead log.
  std::uintmax_t bytes() const;

 private:
  struct Change {
    sqlite3_int64 at = 0;
    std::string bytes;
    bool truncates = false;
  };
  /// A file of which the disk knows what is synced.
  struct Tracked {
    std::filesystem::path path;
    bool is_known = false;
    std::string synced;
    std::vector<Change> changes;
  };
  struct File {
    sqlite3_file base;
    SqliteDisk* disk;
    Tracked* tracked;  ///< null: another file
  };
  enum class Call { kWrite, kTruncate, kSync };
  enum class Outcome { kDone, kFails, kDead };

  static SqliteDisk& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->disk; }
  static Tracked* tracked(sqlite3_file* file) { return reinterpret_cast<File*>(file)->tracked; }
  static sqlite3_file* below(sqlite3_file* file) { return file_below<File>(file); }
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder);
  static int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at);
  static int truncate(sqlite3_file* file, sqlite3_int64 size);
  static int sync(sqlite3_file* file, int flags);

  Outcome meet(Call call);
  void end_as_planned() { end(fault_ == Fault::kKilled ? End::kKilled : End::kPowerCut); }
  /// All that was written is synced.
  static void confirm(Tracked& file);
  Tracked* find(const char* name);
  std::string what_is_left(const Tracked& file);
  std::filesystem::path index() const;
  std::filesystem::path wal() const;

  Random random_;
  TemporaryFolder folder_;
  sqlite3_vfs* below_;
  sqlite3_vfs vfs_{};
  sqlite3_io_methods methods_{};
  std::array<Tracked, 2> files_;  // the store and its write-ahead log
  std::optional<End> ended_;
  std::array<std::optional<std::string>, 3> left_;  // of the files and the index, once ended
  Fault fault_ = Fault::kKilled;
  std::uint64_t planned_ = 0;  // calls until the fault; 0: none is planned
  bool full_ = false;
};

}  // namespace palabre::sim
