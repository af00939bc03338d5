#pragma once

#include <filesystem>

#include "base/result.h"

namespace palabre::store {

/// Looks at what a server that did not end cleanly has left beside its store, before SQLite does.
///
/// SQLite takes the first frame of a write-ahead log whose checksum is wrong for the end of what
/// was committed: right after a power cut, but a bit that has rotten in an earlier frame makes it
/// forget everything after that, in silence. The index beside the log (`-shm`) outlives a killed
/// process, and says how many frames were committed. SQLite throws it away when it opens the file.
///
/// And where the store itself is gone or empty, SQLite begins a new one and throws the log away.
///
/// Refuses a log of which committed frames cannot be read, or whose store is gone; and a store that
/// is empty, as one never is: it gets its name when it is whole. Reads only. Requires that nobody
/// has the store open.
Result<void> examine_wal(const std::filesystem::path& store);

}  // namespace palabre::store
