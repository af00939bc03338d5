#pragma once

#include <sqlite3.h>

// A SQLite VFS that stands on another one passes most calls on. Its files are of a type `File` that
// begins with a `sqlite3_file`; the file of the VFS below follows right behind it.

namespace palabre {

template <typename File>
sqlite3_file* file_below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
}

/// Passes every call to the file below; replace those that the VFS answers itself. No file is
/// mapped into memory: all bytes go through `xRead` and `xWrite`.
template <typename File>
sqlite3_io_methods methods_below() {
  static constexpr auto below = file_below<File>;
  return {
      .iVersion = 2,
      .xClose = [](sqlite3_file* f) { return below(f)->pMethods->xClose(below(f)); },
      .xRead = [](sqlite3_file* f, void* to, int bytes,
                  sqlite3_int64 at) { return below(f)->pMethods->xRead(below(f), to, bytes, at); },
      .xWrite =
          [](sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
            return below(f)->pMethods->xWrite(below(f), from, bytes, at);
          },
      .xTruncate = [](sqlite3_file* f,
                      sqlite3_int64 size) { return below(f)->pMethods->xTruncate(below(f), size); },
      .xSync = [](sqlite3_file* f,
                  int flags) { return below(f)->pMethods->xSync(below(f), flags); },
      .xFileSize =
          [](sqlite3_file* f, sqlite3_int64* size) {
            return below(f)->pMethods->xFileSize(below(f), size);
          },
      .xLock = [](sqlite3_file* f, int how) { return below(f)->pMethods->xLock(below(f), how); },
      .xUnlock = [](sqlite3_file* f,
                    int how) { return below(f)->pMethods->xUnlock(below(f), how); },
      .xCheckReservedLock =
          [](sqlite3_file* f, int* is) {
            return below(f)->pMethods->xCheckReservedLock(below(f), is);
          },
      .xFileControl =
          [](sqlite3_file* f, int what, void* with) {
            return below(f)->pMethods->xFileControl(below(f), what, with);
          },
      .xSectorSize = [](sqlite3_file* f) { return below(f)->pMethods->xSectorSize(below(f)); },
      .xDeviceCharacteristics =
          [](sqlite3_file* f) { return below(f)->pMethods->xDeviceCharacteristics(below(f)); },
      .xShmMap =
          [](sqlite3_file* f, int page, int bytes, int extend, void volatile** at) {
            return below(f)->pMethods->xShmMap(below(f), page, bytes, extend, at);
          },
      .xShmLock = [](sqlite3_file* f, int at, int n,
                     int flags) { return below(f)->pMethods->xShmLock(below(f), at, n, flags); },
      .xShmBarrier = [](sqlite3_file* f) { below(f)->pMethods->xShmBarrier(below(f)); },
      .xShmUnmap = [](sqlite3_file* f,
                      int remove) { return below(f)->pMethods->xShmUnmap(below(f), remove); },
      .xFetch = nullptr,
      .xUnfetch = nullptr};
}

/// A VFS of this name that passes every call to `below`; its `xOpen` is to be set. `data` becomes
/// its `pAppData`.
template <typename File>
sqlite3_vfs vfs_over(const sqlite3_vfs& below, const char* name, void* data) {
  sqlite3_vfs vfs = below;
  vfs.zName = name;
  vfs.pNext = nullptr;
  vfs.pAppData = data;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + below.szOsFile;
  return vfs;
}

}  // namespace palabre
