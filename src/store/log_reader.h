#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "chat/history.h"
#include "store/database.h"
#include "store/rows.h"

namespace palabre::store {

/// Reads logs over a connection that only reads, checking every row. Each call is a transaction of
/// its own. One thread at a time.
class LogReader {
 public:
  static SqlResult<LogReader> over(Database database);

  /// What to read of a room, and where to stop.
  struct Span {
    std::int64_t room = 0;  ///< its row
    chat::Number after;
    chat::Number up_to;     ///< the last one, if nothing else stops it
    std::size_t bytes = 0;  ///< of authors and texts: no message is added to so many or more
    std::size_t entries = 0;
  };
  /// A part of a log, as the port promises it: it has an entry at least, and what cannot be read is
  /// one. `Slice::room` is left alone.
  chat::Slice read(const Span& span);

  Database& database() { return database_; }

 private:
  struct Progress;
  LogReader(Database database, Statement room, Statement messages);
  SqlResult<RoomRow> find_room(std::int64_t id);
  SqlResult<void> read_on(const Span& span, Progress& progress);
  bool skip_damage(const Span& span, Progress& progress);

  Database database_;
  Statement room_;
  Statement messages_;
  RowHasher hasher_;
};

}  // namespace palabre::store
