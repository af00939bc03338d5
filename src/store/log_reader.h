#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "chat/history.h"
#include "store/database.h"
#include "store/holes.h"
#include "store/rows.h"

namespace palabre::store {

/// Reads logs over a read-only connection, and verifies every row. Each call is a transaction of
/// its own. A message that is to be removed is read as a tombstone already. One thread at a time.
class LogReader {
 public:
  static SqlResult<LogReader> over(Database database);

  /// The part of a room to read.
  struct Span {
    std::int64_t room = 0;  ///< the room's row id
    chat::Number after;
    chat::Number up_to;     ///< the last number to read, unless a limit below stops it earlier
    std::size_t bytes = 0;  ///< of authors and texts: stops at the message that reaches this
    std::size_t entries = 0;
  };
  /// A slice as `chat::Slice` promises. It has at least one entry; an unreadable part is a
  /// `chat::Missing`. Does not set `Slice::room` and `Slice::id`.
  chat::Slice read(const Span& span);

  Database& database() { return database_; }

 private:
  struct Progress;
  LogReader(Database database, Statement room, Statement messages, Statement removals, Holes holes);
  SqlResult<RoomRow> find_room(std::int64_t id);
  SqlResult<void> read_on(const Span& span, Progress& progress);
  bool skip_damage(const Span& span, Progress& progress);
  SqlResult<std::vector<RemovalRow>> find_removals();
  /// Adds what is missing before and at `to`: what a hole has is expired, the rest is damaged.
  SqlResult<void> miss(const Span& span, std::uint64_t to, Progress& progress);

  Database database_;
  Statement room_;
  Statement messages_;
  Statement removals_;
  Holes holes_;
  RowHasher hasher_;
};

}  // namespace palabre::store
