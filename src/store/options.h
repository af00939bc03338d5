#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "store/retention.h"

namespace palabre::store {

/// Microseconds since the machine was started, suspension included.
std::int64_t boot_clock_of_system();

/// Bounds of the queues.
struct Sizes {
  /// Limits of a group, which is one transaction.
  std::size_t group_drafts = 4096;
  std::size_t group_bytes = std::size_t{4} << 20;

  /// Limits of drafts appended and not answered, including verdicts that have not been taken.
  std::size_t waiting_drafts = 65'536;
  std::size_t waiting_bytes = std::size_t{64} << 20;

  /// Slices asked for and not taken. `chat::Read::most_bytes` limits the bytes of each.
  std::size_t slices = 16'384;
  /// Entries (messages and gaps) of a slice, so that its read transaction is short.
  std::size_t slice_entries = 4096;

  /// Pages in the write-ahead log beyond which it is checkpointed.
  int wal_pages = 4096;
  /// A write-ahead log larger than this is truncated when the writer is idle. A smaller one is
  /// overwritten, which is faster than letting the file grow again.
  std::uintmax_t wal_bytes = std::uintmax_t{32} << 20;

  /// With this many rooms or more, a start forgets the rooms that keep no message and no id.
  std::size_t many_rooms = 49'152;

  /// Rows that retention removes in one transaction; twice the size of the last group if that is
  /// more.
  std::size_t retained_rows = 200;
};

struct Options {
  std::filesystem::path path;
  Retention retention;
  Sizes sizes;
  /// How long an author's message id is remembered; the message itself may expire earlier.
  std::chrono::seconds remember_ids = std::chrono::days(7);
  /// Intervals of the sweeps for expired messages and for old ids.
  std::chrono::milliseconds sweep_every = std::chrono::minutes(1);
  std::chrono::milliseconds forget_every = std::chrono::hours(1);
  /// How often the writer checks, before a group, that the file is still the one that was opened.
  std::chrono::milliseconds look_every{0};
  /// How often the state of the wall clock is stored; it is stored at the end too.
  std::chrono::milliseconds note_clock_every = std::chrono::minutes(10);
};

/// The store's dependencies. They stay valid until the store is destroyed: its threads end last.
struct Outside {
  /// There are verdicts or slices to take, or the store has failed. Called from any thread, the
  /// hub's included; must not call the history.
  std::function<void()> wake;
  /// Draws the ids of new logs, on the hub's thread.
  std::function<std::uint64_t()> random;
  /// Microseconds since 1970. Used for the time of a message and for expiry, for nothing else.
  /// Called on the writer's thread, and once before that thread starts.
  std::function<std::int64_t()> wall_clock;
  /// The name of an SQLite VFS; empty for the system's own.
  std::string vfs;
  /// Microseconds since an arbitrary moment, suspension included; the wall clock is compared with
  /// it. Called on the writer's thread, and once before that thread starts.
  std::function<std::int64_t()> boot_clock = boot_clock_of_system;
};

}  // namespace palabre::store
