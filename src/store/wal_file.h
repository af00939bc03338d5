#pragma once

#include <filesystem>

#include "base/result.h"

namespace palabre::store {

/// Examines what a server that did not end cleanly has left beside its store, before SQLite does.
///
/// SQLite takes the first frame of a write-ahead log with a wrong checksum for the end of the
/// commits. That is right after a power cut; but if a bit has flipped in an earlier frame, SQLite
/// silently drops every commit after it. The index beside the log (`-shm`) survives a killed
/// process, and says how many frames were committed. SQLite discards it on opening the file.
///
/// If the store itself is missing or empty, SQLite makes a new one and discards the log.
///
/// Refuses a log with unreadable committed frames, a log without its store, and an empty store (a
/// store gets its name when it is complete, so it is never empty). Reads only. Requires that nobody
/// has the store open.
Result<void> examine_wal(const std::filesystem::path& store);

}  // namespace palabre::store
