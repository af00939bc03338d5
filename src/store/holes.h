#pragma once

#include <cstdint>
#include <optional>

#include "store/database.h"
#include "store/rows.h"

namespace palabre::store {

/// Numbers of messages, from the first to the last.
struct Run {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  ///< included
};

/// Numbers of a room whose messages went before older ones: the table `hole`, which tells them from
/// damage. Holes never touch each other, nor the room's first number, so there are at most as many
/// as messages. No transaction of its own.
class Holes {
 public:
  static SqlResult<Holes> over(Database& database);

  /// Notes that the messages of the run, which are in the room's row, are gone. Changes `first` and
  /// `missing` of the row.
  SqlResult<void> punch(RoomRow& row, Run run);

  /// The hole with the number, or the next one after it, up to `to`. Nothing: there is none.
  SqlResult<std::optional<HoleRow>> at_or_after(std::int64_t room, std::uint64_t number,
                                                std::uint64_t to);

 private:
  struct Statements {
    Statement at_or_before;
    Statement after;
    Statement insert;
    Statement remove;
  };
  explicit Holes(Statements statements) : statements_(std::move(statements)) {}
  /// Moves the room's first number up to `first`, past the holes before and at it. `first` is after
  /// a message, or at one.
  SqlResult<void> advance(RoomRow& row, std::uint64_t first);
  SqlResult<std::optional<HoleRow>> at_or_before(std::int64_t room, std::uint64_t number);
  SqlResult<std::optional<HoleRow>> after(std::int64_t room, std::uint64_t number,
                                          std::uint64_t to);
  SqlResult<std::optional<HoleRow>> row_of(Statement& statement, bool found);
  SqlResult<void> remove(const HoleRow& hole);

  Statements statements_;
  RowHasher hasher_;
};

}  // namespace palabre::store
