#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "store/retention.h"

namespace palabre::store {

/// Microseconds for which the machine has been up, suspension included.
std::int64_t boot_clock_of_system();

/// Where the queues end.
struct Sizes {
  /// Drafts and bytes of a group, which is kept in one transaction.
  std::size_t group_drafts = 4096;
  std::size_t group_bytes = std::size_t{4} << 20;

  /// Drafts and bytes that were appended and have not been answered, verdicts that nobody has taken
  /// included.
  std::size_t waiting_drafts = 65'536;
  std::size_t waiting_bytes = std::size_t{64} << 20;

  /// Slices asked for and not taken; each may have as many bytes as was asked for.
  std::size_t slices = 16'384;
  /// Messages and gaps of a slice, so that its read transaction is short.
  std::size_t slice_entries = 4096;

  /// Pages in the write-ahead log beyond which they are copied into the file.
  int wal_pages = 4096;
  /// Beyond so many bytes the write-ahead log is cut off when nothing is to be done; below, it is
  /// overwritten, which is quicker than to let it grow again.
  std::uintmax_t wal_bytes = std::uintmax_t{32} << 20;

  /// From so many rooms on, a start forgets those of which nothing is kept and no id is remembered.
  std::size_t many_rooms = 49'152;

  /// Rows that retention removes in one transaction; more only where more than half as many come.
  std::size_t retained_rows = 200;
};

struct Options {
  std::filesystem::path path;
  Retention retention;
  Sizes sizes;
  /// For how long an author's id for a message is known again; the message itself may go earlier.
  std::chrono::seconds remember_ids = std::chrono::days(7);
  /// How often is looked for messages that are too old, and for ids.
  std::chrono::milliseconds sweep_every = std::chrono::minutes(1);
  std::chrono::milliseconds forget_every = std::chrono::hours(1);
  /// How often is looked, before something is written, whether the file is still the one that was
  /// opened.
  std::chrono::milliseconds look_every{0};
  /// How often what was seen of the wall clock is stored, beside at the end.
  std::chrono::milliseconds note_clock_every = std::chrono::minutes(10);
};

/// What a store needs of the world, until the store is destroyed: its threads end last.
struct Outside {
  /// There are verdicts or slices to take, or the store has failed. Called from any thread, the
  /// hub's included; must not call the history.
  std::function<void()> wake;
  /// Draws the ids of new logs, on the hub's thread.
  std::function<std::uint64_t()> random;
  /// Microseconds since 1970. Says when a message was kept, and what is too old; decides nothing
  /// else. Called on the writer's thread, and once before that starts.
  std::function<std::int64_t()> wall_clock;
  /// One of SQLite's, by name; empty for the system's own.
  std::string vfs;
  /// Microseconds since any moment, suspension included: what the wall clock is compared with.
  /// Called on the writer's thread.
  std::function<std::int64_t()> boot_clock = boot_clock_of_system;
};

}  // namespace palabre::store
