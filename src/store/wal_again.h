#pragma once

#include <filesystem>
#include <string>

#include "store/database.h"

namespace palabre::store {

/// Writes the write-ahead log of a store over itself, byte for byte, and syncs it: its file then
/// shows what is on the disk.
///
/// After a sync that fails, Linux takes the pages for written: the file shows commits which are not
/// on the disk, and no later sync asks for them again. SQLite would recover such commits, note them
/// in the index, and copy them into the store; a power cut then leaves the older log beside the
/// newer store, and SQLite applies it: pages of two ages, which is damage, and messages that were
/// acknowledged are lost.
///
/// To be called before SQLite opens the store. Requires that nobody writes to it. Nothing is done
/// if there is no log. `vfs`: empty for the system's own.
SqlResult<void> write_wal_again(const std::filesystem::path& store, const std::string& vfs);

}  // namespace palabre::store
