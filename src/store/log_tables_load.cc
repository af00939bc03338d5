#include <algorithm>
#include <string>
#include <utility>

#include "store/log_tables.h"

// The part of LogTables that runs once, at the start. The rest is in log_tables.cc.

namespace palabre::store {
Result<std::vector<LogPtr>> LogTables::load(std::uint64_t new_life, std::size_t many_rooms) {
  std::vector<LogPtr> logs;
  const std::string what = path_.string() + " cannot be read";
  if (auto begun = begin_life(new_life); !begun) {
    return fail(in_words(path_.string() + " cannot be used", begun.error()));
  }
  auto rooms = database_.prepare(kSelectRooms);
  auto last = database_.prepare("SELECT max(place) FROM message WHERE place BETWEEN ? AND ?");
  if (!rooms) return fail(in_words(what, rooms.error()));
  if (!last) return fail(in_words(what, last.error()));
  while (true) {
    const auto more = rooms->step();
    if (!more) return fail(in_words(what, more.error()));
    if (!*more) break;
    TRY(auto log, take_room(read_room(*rooms, hasher_), *last));
    logs.push_back(std::move(log));
  }
  if (logs.size() >= many_rooms) {
    TRY(forget_rooms(logs));
  }
  for (const LogPtr& log : logs) {
    places_.add(log->name);
    logs_[log->row_id] = log;
    names_[log->name.text] = log;
    const auto counted = count_uncounted(*log);
    const auto looked = counted ? look_for_oldest(*log) : counted;
    if (!looked) return fail(in_words(what, looked.error()));
  }
  places_.find_free([this](std::int64_t id) { return logs_.contains(id); });
  if (auto loaded = load_removals(); !loaded) return fail(in_words(what, loaded.error()));
  return logs;
}

SqlResult<void> LogTables::begin_life(std::uint64_t new_life) {
  TRY(const auto store, read_store(database_, hasher_));
  life_ = store.life;
  if (life_ != 0) return {};
  life_ = new_life;
  TRY(auto insert,
      database_.prepare("INSERT OR REPLACE INTO store(id, life, hash) VALUES(1, ?, ?)"));
  const Hash hash = hasher_.of(StoreRow{life_});
  return insert.bind(1, life_).bind_bytes(2, view_of(hash)).run();
}

Result<LogPtr> LogTables::take_room(const ReadRoom& room, Statement& last) {
  const RoomRow& row = room.row;
  const auto refused = [&](const std::string& how) {
    return fail(in_words(path_.string() + " cannot be used", damaged(how)));
  };
  if (!room.sound || row.id < 1 || row.id > kMostRooms || row.first > row.next ||
      row.next > kMostNumber) {
    return refused("the counters of room " + std::to_string(row.id) +
                   " are damaged, and would give numbers twice");
  }
  last.bind(1, place_of(row.id, {0})).bind(2, place_of(row.id, {kMostNumber}));
  const auto found = last.step();
  if (!found) {
    return fail(in_words(path_.string() + " cannot be read", found.error()));
  }
  if (number_at(last.integer(0)).value >= row.next) {
    return refused("room " + row.name + " has messages beyond its counter");
  }
  last.reset();
  auto log = std::make_shared<Log>(chat::RoomName{row.name}, id_of(row.log, life_));
  log->row_id = row.id;
  log->hub.end = {row.next - 1};
  set_row(*log, row);
  log_ids_[row.id] = row.log;
  if (is_for_good(log->name)) row_for_good_ = row.id;
  return log;
}

Result<void> LogTables::forget_rooms(std::vector<LogPtr>& logs) {
  const auto is_needed = [](const LogPtr& log) { return !is_vacant(*log); };
  const auto gone = std::stable_partition(logs.begin(), logs.end(), is_needed);
  const std::vector<LogPtr> old(gone, logs.end());
  const auto removed = in_transaction([&]() -> SqlResult<void> {
    for (const LogPtr& log : old) {
      TRY(remove_room(log->writer.row.id));
    }
    return {};
  });
  if (!removed) {
    // A full disk is no reason not to start: everything can be read.
    if (removed.error().fault == Fault::kFull) return {};
    return fail(in_words(path_.string() + " cannot be written", removed.error()));
  }
  for (const LogPtr& log : old) {
    log_ids_.erase(log->writer.row.id);
    set_row(*log, {});
  }
  logs.erase(gone, logs.end());
  return {};
}

SqlResult<void> LogTables::remove_room(std::int64_t id) {
  // There should be no messages; but another room will get this id.
  TRY(statements_.remove_messages.bind(1, place_of(id, {0}))
          .bind(2, place_of(id, {kMostNumber}))
          .run());
  return statements_.remove_room.bind(1, id).run();
}

SqlResult<void> LogTables::count_uncounted(const Log& log) {
  const RoomRow& row = log.writer.row;
  if (is_for_good(log.name) || row.counted + 1 >= row.next) return {};
  Statement& messages = statements_.oldest;
  messages.bind(1, place_of(row.id, {row.counted + 1}))
      .bind(2, place_of(row.id, {row.next - 1}))
      .bind(3, std::int64_t{-1});  // no limit
  while (true) {
    TRY(const auto more, messages.step());
    if (!more) return {};
    const ReadMessage message = read_message(messages, row.log, hasher_);
    if (message.sound) {
      shares_.add(row.id, message.row.by, message.row.bytes(), message.row.kept_at);
    }
  }
}

SqlResult<void> LogTables::load_removals() {
  TRY(auto rows, database_.prepare((std::string(kSelectRemovals) + " ORDER BY id").c_str()));
  while (true) {
    TRY(const auto more, rows.step());
    if (!more) return {};
    const auto removal = read_removal(rows, hasher_);
    // Going on without it would show again what was removed.
    if (!removal) return fail(damaged("a row of the table removal is damaged"));
    removals_.push_back(*removal);
    is_wal_to_go_ = true;
  }
}

std::optional<ClockRow> LogTables::clock() {
  return read_clock(database_, hasher_).value_or(std::nullopt);
}

SqlResult<void> LogTables::note_clock(const ClockRow& row) {
  const Hash hash = hasher_.of(row);
  return statements_.note_clock.bind(1, row.seen)
      .bind(2, row.doubt)
      .bind_bytes(3, view_of(hash))
      .bind(4, row.latest)
      .run();
}

}  // namespace palabre::store
