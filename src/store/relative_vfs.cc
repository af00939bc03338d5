#include "store/relative_vfs.h"

#include <sqlite3.h>

namespace palabre::store {
namespace {

constexpr const char* kName = "palabre-relative";

int keep_as_it_is(sqlite3_vfs* /*vfs*/, const char* name, int size, char* full) {
  sqlite3_snprintf(size, full, "%s", name);
  return SQLITE_OK;
}

sqlite3_vfs like_the_systems() {
  sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);
  vfs.zName = kName;
  vfs.xFullPathname = keep_as_it_is;
  return vfs;
}

}  // namespace

const char* relative_vfs() {
  // SQLite's list of VFSs is global to the process, and keeps pointers to its entries forever.
  static sqlite3_vfs vfs = like_the_systems();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? kName : nullptr;
}

}  // namespace palabre::store
