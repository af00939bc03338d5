#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "chat/names.h"
#include "store/retention.h"

namespace palabre::store {

/// Microseconds since the machine was started, suspension included.
std::int64_t boot_clock_of_system();

/// Of a filesystem, in bytes.
struct DiskSpace {
  std::uint64_t all = 0;
  std::uint64_t free = 0;  ///< for processes without privileges
};
/// The filesystem of the file; nothing if it does not say.
std::optional<DiskSpace> space_of_system(const std::filesystem::path& file);

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

  /// With this many rooms or more, those of which nothing is left lose their rows: at a start, and
  /// in each sweep, unless they are open.
  std::size_t many_rooms = 49'152;

  /// Rows that retention removes in one transaction; twice the size of the last group if that is
  /// more.
  std::size_t retained_rows = 200;
  /// Messages that a removal examines in one transaction.
  std::size_t examined_rows = 4096;
  /// Ids remembered of one author. More are forgotten, the oldest first, when the ids of all have
  /// become a quarter more, and 100,000 more, than at the last walk through them.
  std::size_t ids_of_author = 10'000;
};

struct Options {
  std::filesystem::path path;
  Retention retention;
  /// Rooms that have a place however many others there are, besides the registry's.
  std::set<chat::RoomName> reserved_rooms;
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
  /// Does what is due at `boot_clock`: keeps a group of drafts, then one slice of each chore.
  /// Returns when the next turn is due, in microseconds as `boot_clock`, unless a draft comes
  /// before; nothing: only with a draft.
  using WriterTurn = std::function<std::optional<std::int64_t>()>;
  /// If set, the writer has no thread: it passes its turns to this function, once, at the start.
  /// They are made by the caller, on one thread, until the history is destroyed. For simulations.
  std::function<void(WriterTurn)> take_turns = {};
  /// Asked once in a second at most, on the writer's thread.
  std::function<std::optional<DiskSpace>(const std::filesystem::path&)> space = space_of_system;
};

}  // namespace palabre::store
