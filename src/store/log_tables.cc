#include "store/log_tables.h"

#include <sqlite3.h>
#include <sysexits.h>

#include <algorithm>
#include <utility>

#include "store/files.h"

namespace palabre::store {
namespace {

std::uint64_t bytes_of(const chat::Message& message) {
  return message.author.size() + message.text.size();
}

SqlError damaged(std::string text) { return {Fault::kDamaged, SQLITE_CORRUPT, std::move(text)}; }

}  // namespace

chat::Trouble trouble_of(const SqlError& error) {
  // The index of the write-ahead log is a file too, and grows.
  if (error.fault == Fault::kFull || error.code == SQLITE_IOERR_SHMSIZE) {
    return chat::Trouble::kDiskFull;
  }
  return error.fault == Fault::kBusy ? chat::Trouble::kLocked : chat::Trouble::kDiskFailing;
}

SqlResult<LogTables::Statements> LogTables::prepare(Database& database) {
  SqlResult<void> all;
  const auto make = [&](const std::string& sql) -> Statement {
    auto made = database.prepare(sql.c_str());
    if (made) return std::move(*made);
    all = fail(std::move(made.error()));
    return {};
  };
  Statements statements{
      .begin = make("BEGIN IMMEDIATE"),
      .commit = make("COMMIT"),
      .insert_room =
          make("INSERT INTO room(name, log, next, first, bytes, hash, id) VALUES(?,?,?,?,?,?,?)"),
      .update_room =
          make("UPDATE room SET name=?, log=?, next=?, first=?, bytes=?, hash=? WHERE id=?"),
      .insert_message =
          make("INSERT INTO message(place, kept_at, kind, author, text, hash) VALUES(?,?,?,?,?,?)"),
      .insert_posted =
          make("INSERT INTO posted(author, id, room, number, kept_at, hash) VALUES(?,?,?,?,?,?)"
               " ON CONFLICT DO NOTHING"),
      .find_posted = make(std::string(kSelectPosted) + " WHERE author=? AND id=?"),
      .oldest = make(std::string(kSelectMessages) +
                     " WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?"),
      .remove_messages = make("DELETE FROM message WHERE place BETWEEN ? AND ?"),
      .remove_room = make("DELETE FROM room WHERE id=?"),
      .next_posted = make(std::string(kSelectPosted) + " WHERE (author, id) > (?, ?)"
                                                       " ORDER BY author, id LIMIT ?"),
      .remove_posted = make("DELETE FROM posted WHERE author=? AND id=?"),
      .fence = make("UPDATE fence SET count = count + 1"),
      .note_clock = make("INSERT OR REPLACE INTO clock(id, seen, doubt, hash, latest)"
                         " VALUES(1, ?, ?, ?, ?)")};
  if (!all) return fail(std::move(all.error()));
  return statements;
}

LogTables::LogTables(Database database, Statements statements, std::filesystem::path path)
    : database_(std::move(database)), path_(std::move(path)), statements_(std::move(statements)) {}

SqlResult<LogTables> LogTables::over(Database database, std::filesystem::path path) {
  TRY(auto statements, prepare(database));
  return LogTables(std::move(database), std::move(statements), std::move(path));
}

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
  find_free_ids();
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
  log->writer.row = row;
  log_ids_[row.id] = row.log;
  if (is_for_good(log->name)) row_for_good_ = row.id;
  return log;
}

SqlResult<void> LogTables::settle() {
  TRY(const auto checkpointed, database_.checkpoint(Database::Checkpoint::kPassive));
  if (!checkpointed.complete) {
    return fail(SqlError{Fault::kBusy, SQLITE_BUSY, "a reader blocks the checkpoint"});
  }
  database_.wal_is_empty();
  // The index on the disk must say that all frames were copied before the log is truncated. After a
  // power cut in between, the truncation would otherwise look like somebody else's (see
  // `examine_wal`).
  if (!index_.sync(shm_path(path_))) return {};
  TRY(database_.checkpoint(Database::Checkpoint::kTruncate));
  return {};
}

SqlResult<void> LogTables::copy_wal() {
  TRY(database_.checkpoint(Database::Checkpoint::kPassive));
  // If a reader prevented the copy, the next attempt comes after the same number of further pages.
  database_.wal_is_empty();
  return {};
}

LogTables::Outcome LogTables::keep(std::vector<Posted> group, std::int64_t kept_at) {
  Staged staged;
  staged.answers.reserve(group.size());
  if (auto begun = statements_.begin.run(); !begun) {
    return give_up(std::move(group), std::move(begun.error()), false);
  }
  if (auto kept = keep_all(group, kept_at, staged); !kept) {
    return give_up(std::move(group), std::move(kept.error()), false);
  }
  if (auto committed = statements_.commit.run(); !committed) {
    return give_up(std::move(group), std::move(committed.error()), true);
  }
  adopt(staged);
  return {.what = Outcome::What::kCommitted,
          .answers = std::move(staged.answers),
          .group = {},
          .error = {}};
}

SqlResult<void> LogTables::keep_all(const std::vector<Posted>& group, std::int64_t kept_at,
                                    Staged& staged) {
  for (const Posted& posted : group) {
    TRY(keep_one(posted, kept_at, staged));
  }
  return write_rooms(staged);
}

SqlResult<void> LogTables::keep_one(const Posted& posted, std::int64_t kept_at, Staged& staged) {
  RoomRow& row = row_of(*posted.log, staged);
  const auto refuse = [&](chat::Trouble trouble) {
    staged.answers.push_back({posted.log, chat::NotKept{posted.draft, trouble}});
  };
  if (row.id > kMostRooms) {
    refuse(chat::Trouble::kTooManyRooms);
    return {};
  }
  TRY(const auto claim, claim_id(posted, kept_at, row));
  switch (claim.what) {
    case Claim::What::kRotten:
      refuse(chat::Trouble::kDamagedId);
      return {};
    case Claim::What::kBarred:
      refuse(chat::Trouble::kBarred);
      return {};
    case Claim::What::kRepeated:
      staged.answers.push_back(
          {posted.log, chat::Kept{posted.draft, claim.first, true, {claim.kept_at}, true}});
      return {};
    case Claim::What::kNew:
      break;
  }
  const chat::Number number{row.next};
  TRY(write_message(posted, kept_at, row));
  if (number.value == 1) ++staged.new_rooms;
  staged.answers.push_back({posted.log, chat::Kept{posted.draft, number, false, {kept_at}, true}});
  return {};
}

RoomRow& LogTables::row_of(Log& log, Staged& staged) {
  const auto [at, is_first] = staged.rooms.try_emplace(&log, log.writer.row);
  RoomRow& row = at->second;
  if (is_first && row.id == 0) {
    row.name = log.name.text;
    row.log = id_of(log.id, life_);  // `id_of` is its own inverse
  }
  // A room gets a row with its first message; a repeated draft is kept elsewhere.
  if (row.next == 1) {
    // The last place is reserved for the registry until it has a row: guests' rooms must not keep
    // members out.
    const std::size_t reserved = row_for_good_ == 0 && !is_for_good(log.name) ? 1 : 0;
    const bool has_place = staged.new_rooms + reserved < free_ids_.size();
    row.id = has_place ? free_ids_[free_ids_.size() - 1 - staged.new_rooms] : kMostRooms + 1;
    if (has_place) log_ids_[row.id] = row.log;
  }
  return row;
}

SqlResult<LogTables::Claim> LogTables::claim_id(const Posted& posted, std::int64_t kept_at,
                                                const RoomRow& row) {
  const chat::Draft& draft = posted.draft;
  if (!draft.id) return Claim{};
  if (draft.bar != chat::Draft::Bar::kNone) return find_first(draft);
  const PostedRow claim{draft.author, draft.id->text, row.id, {row.next}, kept_at};
  const Hash hash = hasher_.of(row.log, claim);
  statements_.insert_posted.bind(1, claim.author)
      .bind(2, claim.id)
      .bind(3, claim.room)
      .bind(4, claim.number.value)
      .bind(5, claim.kept_at)
      .bind_bytes(6, view_of(hash));
  TRY(statements_.insert_posted.run());
  if (database_.changes() == 1) return Claim{};
  return find_first(draft);
}

SqlResult<LogTables::Claim> LogTables::find_first(const chat::Draft& draft) {
  Statement& find = statements_.find_posted;
  TRY(const auto found, find.bind(1, draft.author).bind(2, draft.id->text).step());
  if (!found && draft.bar != chat::Draft::Bar::kNone) {
    find.reset();
    return Claim{Claim::What::kBarred};
  }
  // The INSERT has just found a conflict with this row.
  if (!found) return fail(damaged("the table posted is damaged"));
  const ReadPosted posted = read_posted(find);
  const bool sound = is_sound(posted);
  const Claim repeated{Claim::What::kRepeated, posted.row.number, posted.row.kept_at};
  find.reset();
  // Only this row is damaged, since SQLite could read it: no reason to end.
  if (!sound) return Claim{Claim::What::kRotten};
  return repeated;
}

bool LogTables::is_sound(const ReadPosted& posted) {
  const auto log = log_ids_.find(posted.row.room);
  return log != log_ids_.end() && hasher_.of(log->second, posted.row) == posted.hash;
}

SqlResult<void> LogTables::write_message(const Posted& posted, std::int64_t kept_at, RoomRow& row) {
  const chat::Message& message = *posted.draft.message;
  const MessageRow written{
      {row.next}, kept_at, static_cast<std::int64_t>(message.kind), message.author, message.text};
  const Hash hash = hasher_.of(row.log, written);
  statements_.insert_message.bind(1, place_of(row.id, written.number))
      .bind(2, written.kept_at)
      .bind(3, written.kind)
      .bind(4, written.author)
      .bind(5, written.text)
      .bind_bytes(6, view_of(hash));
  TRY(statements_.insert_message.run());
  ++row.next;
  row.bytes += bytes_of(message);
  return {};
}

SqlResult<void> LogTables::write_rooms(const Staged& staged) {
  for (const auto& [log, row] : staged.rooms) {
    if (row.next == log->writer.row.next) continue;
    TRY(store_room(row, log->writer.row.id == 0));
  }
  return {};
}

SqlResult<void> LogTables::store_room(const RoomRow& row, bool is_new) {
  const Hash hash = hasher_.of(row);
  return (is_new ? statements_.insert_room : statements_.update_room)
      .bind(1, row.name)
      .bind(2, row.log.value)
      .bind(3, row.next)
      .bind(4, row.first)
      .bind(5, row.bytes)
      .bind_bytes(6, view_of(hash))
      .bind(7, row.id)
      .run();
}

void LogTables::adopt(Staged& staged) {
  for (auto& [log, row] : staged.rooms) {
    if (row.next == log->writer.row.next) continue;
    log->row_id = row.id;
    if (is_for_good(log->name)) row_for_good_ = row.id;
    log->writer.row = std::move(row);
  }
  free_ids_.resize(free_ids_.size() - staged.new_rooms);
}

LogTables::Outcome LogTables::give_up(std::vector<Posted> group, SqlError error, bool at_commit) {
  using What = Outcome::What;
  database_.roll_back();
  Outcome outcome;
  outcome.what = What::kNotKept;
  outcome.trouble = trouble_of(error);
  outcome.error = std::move(error);
  const Fault fault = outcome.error.fault;
  if (fault == Fault::kSync || fault == Fault::kDamaged || fault == Fault::kForeign) {
    outcome.what = What::kLost;
  } else if (at_commit && fault != Fault::kFull) {
    // Its last page may be in the log although the write is reported as failed; and SQLite fills
    // its index after it has synced the log, which can fail too. (Without space, the last page is
    // incomplete.)
    outcome.what = What::kInDoubt;
  }
  if (outcome.what != What::kNotKept) {
    outcome.group = std::move(group);
    return outcome;
  }
  for (Posted& posted : group) {
    outcome.answers.push_back(
        {std::move(posted.log), chat::NotKept{std::move(posted.draft), outcome.trouble}});
  }
  return outcome;
}

SqlResult<void> LogTables::fence() {
  // It starts at the same place in the log as the group in doubt; the remains of that group are
  // then no valid continuation.
  return statements_.fence.run();
}

}  // namespace palabre::store
