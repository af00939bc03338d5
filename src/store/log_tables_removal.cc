#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "store/log_tables.h"

// The part of LogTables that removes what was decided to be removed. The rest is in log_tables.cc.

namespace palabre::store {
namespace {

constexpr auto kTombstone = static_cast<std::int64_t>(chat::Kind::kRemoved);
/// Rooms that a slice looks at, however little they have.
constexpr std::size_t kRoomsExamined = 1024;

}  // namespace

SqlResult<std::vector<chat::Removed>> LogTables::decide_removal(const chat::Removal& removal,
                                                                Staged& staged) {
  if (const auto* const one = std::get_if<chat::Removal::One>(&removal.what)) {
    return remove_one(*one, staged);
  }
  RemovalRow row;
  row.until = staged.moment.now;
  if (const auto* const all = std::get_if<chat::Removal::All>(&removal.what)) {
    const auto known = names_.find(all->room.text);
    if (known == names_.end() || is_for_good(all->room)) return std::vector<chat::Removed>{};
    const std::int64_t room = known->second->writer.row.id;
    if (room == 0) return std::vector<chat::Removed>{};
    row.owner = -room;
    row.since = std::numeric_limits<std::int64_t>::min();
    row.place = place_of(room, {0});
  } else {
    const auto& by = std::get<chat::Removal::By>(removal.what);
    if (by.owner) row.owner = owner_id(*by.owner);
    if (by.network) row.networks = NetworkRange::of(*by.network);
    row.since = by.since.microseconds;
  }
  TRY(begin_removal(row, staged));
  return std::vector<chat::Removed>{};
}

SqlResult<std::vector<chat::Removed>> LogTables::remove_one(const chat::Removal::One& one,
                                                            Staged& staged) {
  std::vector<chat::Removed> removed;
  const auto known = names_.find(one.room.text);
  if (known == names_.end() || is_for_good(one.room)) return removed;
  Log& log = *known->second;
  RoomRow& row = row_of(log, staged);
  if (one.number.value < row.first || one.number.value >= row.next) return removed;
  const std::int64_t place = place_of(row.id, one.number);
  Statement& find = statements_.oldest;
  TRY(const auto found, find.bind(1, place).bind(2, place).bind(3, std::int64_t{1}).step());
  if (!found) return removed;
  const ReadMessage message = read_message(find, row.log, hasher_);
  const MessageRow gone{one.number, message.row.kept_at, kTombstone, {}, {}, message.row.by, {}};
  const std::uint64_t bytes = std::min(row.bytes, message.row.bytes());
  const bool is_new = message.row.kind != kTombstone;
  find.reset();
  if (!is_new) return removed;
  TRY(bury(row, gone));
  row.bytes -= bytes;
  staged.has_removed = true;
  if (one.number.value > row.counted) {
    staged.counted.push_back({&log, gone.by, bytes, true});
  } else if (message.sound) {
    Shares::Parts parts;
    parts.add(gone.by, {static_cast<std::int64_t>(bytes), 0});
    TRY(shares_.subtract(row.id, parts));
  }
  removed.push_back({one.room, {one.number}});
  return removed;
}

SqlResult<void> LogTables::bury(const RoomRow& row, const MessageRow& message) {
  const Hash hash = hasher_.of(row.log, message);
  return statements_.bury_message.bind(1, message.kind)
      .bind_bytes(2, view_of(hash))
      .bind(3, place_of(row.id, message.number))
      .run();
}

SqlResult<void> LogTables::begin_removal(RemovalRow row, Staged& staged) {
  row.id = 1;
  if (!removals_.empty()) row.id = removals_.back().id + 1;
  if (!staged.removals.empty()) row.id = staged.removals.back().id + 1;
  const Hash hash = hasher_.of(row);
  TRY(statements_.insert_removal.bind(1, row.owner)
          .bind(2, row.networks.first)
          .bind(3, row.networks.last)
          .bind(4, row.since)
          .bind(5, row.until)
          .bind(6, row.place)
          .bind_bytes(7, view_of(hash))
          .bind(8, row.id)
          .run());
  staged.removals.push_back(row);
  return {};
}

/// The messages that one slice of a removal buries.
struct LogTables::Found {
  const RemovalRow& removal;
  std::int64_t place;  ///< the slice goes on here
  std::size_t rows = 0;
  struct Room {
    LogPtr log;
    std::vector<MessageRow> messages;  ///< as they will be
    std::uint64_t bytes = 0;
    Shares::Parts parts;
  };
  std::vector<Room> rooms = {};
};

/// The room in which the removal goes on; null: it is complete.
LogPtr LogTables::next_of(const Found& found) const {
  const auto log = logs_.lower_bound(room_at(found.place));
  const std::int64_t only = found.removal.room();
  if (log == logs_.end() || (only != 0 && log->first != only)) return nullptr;
  return log->second;
}

SqlResult<void> LogTables::find_in_room(const LogPtr& log, std::size_t most, Found& found) {
  const RoomRow& row = log->writer.row;
  const std::int64_t end = place_of(row.id + 1, {0});
  const std::int64_t first = place_of(row.id, {row.first});
  const std::int64_t begin = std::max(found.place, first);
  found.place = end;
  if (is_for_good(log->name) || row.messages() == 0) return {};
  // A room that an earlier slice has begun has something, and may have many networks to look at.
  if (begin == first && found.removal.room() == 0) {
    TRY(const auto may_have, shares_.may_have(row.id, found.removal.owner, found.removal.networks));
    if (!may_have) return {};
  }
  Found::Room room{log, {}, 0, {}};
  Statement& next = statements_.oldest;
  next.bind(1, begin)
      .bind(2, place_of(row.id, {row.next - 1}))
      .bind(3, static_cast<std::int64_t>(most - found.rows));
  while (true) {
    TRY(const auto more, next.step());
    if (!more) break;
    ++found.rows;
    const MessageRow message = read_message(next, row.log, hasher_).row;
    if (found.rows == most) found.place = place_of(row.id, {message.number.value + 1});
    // A damaged row of these is buried too: its text may be readable to others.
    if (message.kind == kTombstone || !found.removal.takes(row.id, message.kept_at, message.by))
      continue;
    room.bytes += message.bytes();
    room.parts.add(message.by, {static_cast<std::int64_t>(message.bytes()), 0});
    room.messages.push_back({message.number, message.kept_at, kTombstone, {}, {}, message.by, {}});
  }
  if (!room.messages.empty()) found.rooms.push_back(std::move(room));
  return {};
}

SqlResult<void> LogTables::bury_found(const Found& found, std::vector<RoomRow>& rows) {
  for (const Found::Room& room : found.rooms) {
    RoomRow& row = rows.emplace_back(room.log->writer.row);
    for (const MessageRow& message : room.messages) {
      TRY(bury(row, message));
    }
    TRY(count_all(row));
    TRY(shares_.subtract(row.id, room.parts));
    row.bytes -= std::min(row.bytes, room.bytes);
    TRY(store_room(row, false));
  }
  RemovalRow removal = found.removal;
  removal.place = found.place;
  if (next_of(found) == nullptr) {
    return statements_.end_removal.bind(1, removal.id).run();
  }
  const Hash hash = hasher_.of(removal);
  return statements_.move_removal.bind(1, removal.place)
      .bind_bytes(2, view_of(hash))
      .bind(3, removal.id)
      .run();
}

SqlResult<std::vector<chat::Removed>> LogTables::remove_some(std::size_t most) {
  std::vector<chat::Removed> removed;
  if (removals_.empty()) return removed;
  Found found{removals_.front(), removals_.front().place};
  LogPtr log = next_of(found);
  for (std::size_t i = 0; i < kRoomsExamined && found.rows < most && log != nullptr; ++i) {
    TRY(find_in_room(log, most, found));
    log = next_of(found);
  }
  std::vector<RoomRow> rows;
  TRY(in_transaction([&] { return bury_found(found, rows); }));
  is_wal_to_go_ = is_wal_to_go_ || !found.rooms.empty();
  for (const RoomRow& row : rows) shares_.stored(row.id);
  adopt_rows(std::move(rows));
  for (const Found::Room& room : found.rooms) {
    chat::Removed& one = removed.emplace_back(chat::Removed{room.log->name, {}});
    for (const MessageRow& message : room.messages) one.numbers.push_back(message.number);
  }
  removals_.front().place = found.place;
  if (log == nullptr) removals_.erase(removals_.begin());
  return removed;
}

bool LogTables::is_vacant(const Log& log) {
  return log.writer.row.id != 0 && log.writer.row.is_empty() && !is_for_good(log.name);
}

SqlResult<void> LogTables::vacate(const LogPtr& log, Staged& staged) {
  TRY(remove_room(log->writer.row.id));
  staged.vacated.push_back(log);
  return {};
}

void LogTables::give_place_back(Log& log) {
  const std::int64_t id = log.writer.row.id;
  places_.give_back(id, log.name);
  log_ids_.erase(id);
  names_.erase(log.name.text);
  set_row(log, {});
  logs_.erase(id);
}

}  // namespace palabre::store
