#include "store/holes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/result.h"

namespace palabre::store {

SqlResult<Holes> Holes::over(Database& database) {
  Statements made;
  const std::string select = std::string(kSelectHoles) + " WHERE place BETWEEN ? AND ?";
  TRY(made.at_or_before, database.prepare((select + " ORDER BY place DESC LIMIT 1").c_str()));
  TRY(made.after, database.prepare((select + " ORDER BY place LIMIT 1").c_str()));
  TRY(made.insert, database.prepare("INSERT INTO hole(place, last, hash) VALUES(?,?,?)"));
  TRY(made.remove, database.prepare("DELETE FROM hole WHERE place=?"));
  return Holes(std::move(made));
}

SqlResult<std::optional<HoleRow>> Holes::row_of(Statement& statement, bool found) {
  if (!found) return std::nullopt;
  const auto row = read_hole(statement, hasher_);
  statement.reset();
  if (row) return row;
  return fail(SqlError{Fault::kDamaged, 0, "a row of the table hole is damaged"});
}

SqlResult<std::optional<HoleRow>> Holes::at_or_before(std::int64_t room, std::uint64_t number) {
  Statement& find = statements_.at_or_before;
  TRY(const auto found, find.bind(1, place_of(room, {0})).bind(2, place_of(room, {number})).step());
  return row_of(find, found);
}

SqlResult<std::optional<HoleRow>> Holes::after(std::int64_t room, std::uint64_t number,
                                               std::uint64_t to) {
  Statement& find = statements_.after;
  TRY(const auto found,
      find.bind(1, place_of(room, {number})).bind(2, place_of(room, {to})).step());
  return row_of(find, found);
}

SqlResult<std::optional<HoleRow>> Holes::at_or_after(std::int64_t room, std::uint64_t number,
                                                     std::uint64_t to) {
  TRY(auto hole, at_or_before(room, number));
  if (hole && hole->last.value >= number) return hole;
  return after(room, number, to);
}

SqlResult<void> Holes::remove(const HoleRow& hole) {
  return statements_.remove.bind(1, place_of(hole.room, hole.first)).run();
}

SqlResult<void> Holes::punch(RoomRow& row, Run run) {
  if (run.first == row.first) return advance(row, run.last + 1);
  row.missing += run.last - run.first + 1;
  HoleRow hole{row.id, {run.first}, {run.last}};
  TRY(const auto before, at_or_before(row.id, run.first));
  if (before && before->last.value + 1 == run.first) {
    TRY(remove(*before));
    hole.first = before->first;
  }
  TRY(const auto next, after(row.id, run.last + 1, run.last + 1));
  if (next) {
    TRY(remove(*next));
    hole.last = next->last;
  }
  const Hash hash = hasher_.of(hole);
  return statements_.insert.bind(1, place_of(hole.room, hole.first))
      .bind(2, hole.last.value)
      .bind_bytes(3, view_of(hash))
      .run();
}

SqlResult<void> Holes::advance(RoomRow& row, std::uint64_t first) {
  while (row.missing > 0) {
    TRY(const auto hole, after(row.id, row.first, first));
    if (!hole) break;
    TRY(remove(*hole));
    row.missing -= std::min(row.missing, hole->size());
    first = std::max(first, hole->last.value + 1);
  }
  row.first = first;
  return {};
}

}  // namespace palabre::store
