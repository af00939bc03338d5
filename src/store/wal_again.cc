#include "store/wal_again.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <system_error>
#include <vector>

#include "base/result.h"
#include "store/files.h"

namespace palabre::store {
namespace {

constexpr sqlite3_int64 kWalPartBytes = 1 << 20;

/// A log, opened by a VFS as SQLite opens it.
class OpenWal {
 public:
  OpenWal(sqlite3_vfs& vfs, const std::filesystem::path& path)
      : memory_(std::make_unique<std::byte[]>(static_cast<std::size_t>(vfs.szOsFile))),
        code_(vfs.xOpen(&vfs, path.c_str(), &file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL,
                        nullptr)) {}
  ~OpenWal() {
    if (file().pMethods != nullptr) file().pMethods->xClose(&file());
  }
  OpenWal(const OpenWal&) = delete;
  OpenWal& operator=(const OpenWal&) = delete;

  int code() const { return code_; }
  sqlite3_file& file() { return *reinterpret_cast<sqlite3_file*>(memory_.get()); }
  const sqlite3_io_methods& methods() { return *file().pMethods; }

 private:
  std::unique_ptr<std::byte[]> memory_;  // zeros: a file without methods
  int code_;
};

SqlResult<void> call_of_vfs(int code, const char* what) {
  if (code == SQLITE_OK) return {};
  return fail(error_of_vfs(code, what));
}

}  // namespace

SqlResult<void> write_wal_again(const std::filesystem::path& store, const std::string& vfs) {
  const std::filesystem::path path = wal_path(store);
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path, unknown);
  if (unknown || size == 0) return {};  // what cannot be looked at is reported by SQLite
  sqlite3_vfs* const used = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  if (used == nullptr) return fail(error_of_vfs(SQLITE_CANTOPEN, "opening the log"));
  OpenWal wal(*used, path);
  TRY(call_of_vfs(wal.code(), "opening the log"));
  const auto bytes = static_cast<sqlite3_int64>(size);
  std::vector<char> part(static_cast<std::size_t>(std::min(bytes, kWalPartBytes)));
  for (sqlite3_int64 at = 0; at < bytes; at += kWalPartBytes) {
    const int length = static_cast<int>(std::min(bytes - at, kWalPartBytes));
    TRY(call_of_vfs(wal.methods().xRead(&wal.file(), part.data(), length, at), "reading the log"));
    TRY(call_of_vfs(wal.methods().xWrite(&wal.file(), part.data(), length, at),
                    "writing the log again"));
  }
  return call_of_vfs(wal.methods().xSync(&wal.file(), SQLITE_SYNC_NORMAL), "syncing the log");
}

}  // namespace palabre::store
