#include "store/log_tables.h"

#include <sqlite3.h>
#include <sysexits.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "store/files.h"

namespace palabre::store {

SqlError damaged(std::string text) { return {Fault::kDamaged, SQLITE_CORRUPT, std::move(text)}; }

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
          make("INSERT INTO room(name, log, next, first, bytes, missing, counted, ids, hash, id)"
               " VALUES(?,?,?,?,?,?,?,?,?,?)"),
      .update_room =
          make("UPDATE room SET name=?, log=?, next=?, first=?, bytes=?, missing=?, counted=?,"
               " ids=?, hash=? WHERE id=?"),
      .insert_message =
          make("INSERT INTO message(place, kept_at, kind, author, text, hash, owner, network,"
               " author_id) VALUES(?,?,?,?,?,?,?,?,?)"),
      .insert_posted =
          make("INSERT INTO posted(author, id, room, number, kept_at, hash) VALUES(?,?,?,?,?,?)"
               " ON CONFLICT DO NOTHING"),
      .find_posted = make(std::string(kSelectPosted) + " WHERE author=? AND id=?"),
      .oldest = make(std::string(kSelectMessages) +
                     " WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?"),
      .remove_messages = make("DELETE FROM message WHERE place BETWEEN ? AND ?"),
      .bury_message = make("UPDATE message SET kind=?, author='', text='', author_id=0, hash=?"
                           " WHERE place=?"),
      .remove_room = make("DELETE FROM room WHERE id=?"),
      .next_posted = make(std::string(kSelectPosted) + " WHERE (author, id) > (?, ?)"
                                                       " ORDER BY author, id LIMIT ?"),
      .remove_posted = make("DELETE FROM posted WHERE author=? AND id=?"),
      .insert_removal =
          make("INSERT INTO removal(owner, first_network, last_network, since, until, place, hash,"
               " id) VALUES(?,?,?,?,?,?,?,?)"),
      .move_removal = make("UPDATE removal SET place=?, hash=? WHERE id=?"),
      .end_removal = make("DELETE FROM removal WHERE id=?"),
      .fence = make("UPDATE fence SET count = count + 1"),
      .note_clock = make("INSERT OR REPLACE INTO clock(id, seen, doubt, hash, latest)"
                         " VALUES(1, ?, ?, ?, ?)")};
  if (!all) return fail(std::move(all.error()));
  return statements;
}

LogTables::LogTables(Database database, Statements statements, Shares shares, Holes holes,
                     std::filesystem::path path, const Retention& policy,
                     std::set<chat::RoomName> reserved)
    : database_(std::move(database)),
      path_(std::move(path)),
      statements_(std::move(statements)),
      shares_(std::move(shares)),
      holes_(std::move(holes)),
      policy_(policy),
      places_(std::move(reserved)) {}

SqlResult<LogTables> LogTables::over(Database database, std::filesystem::path path,
                                     const Retention& policy, std::set<chat::RoomName> reserved) {
  TRY(auto statements, prepare(database));
  TRY(auto shares, Shares::over(database));
  TRY(auto holes, Holes::over(database));
  return LogTables(std::move(database), std::move(statements), std::move(shares), std::move(holes),
                   std::move(path), policy, std::move(reserved));
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
  TRY(const auto emptied, database_.checkpoint(Database::Checkpoint::kTruncate));
  if (emptied.unhindered && std::exchange(is_wal_to_go_, false)) database_.forget_pages();
  return {};
}

SqlResult<void> LogTables::copy_wal() {
  TRY(database_.checkpoint(Database::Checkpoint::kPassive));
  // If a reader prevented the copy, the next attempt comes after the same number of further pages.
  database_.wal_is_empty();
  return {};
}

LogTables::Outcome LogTables::keep(std::vector<Posted> group, const Moment& moment) {
  const auto any_has_old = [&] {
    return std::ranges::any_of(
        logs_, [&](const auto& entry) { return has_old(*entry.second, moment.old_before); });
  };
  Staged staged{.moment = moment,
                .admission = Admission(shares_, policy_, moment, used_, any_has_old)};
  staged.decided.reserve(group.size());
  if (auto begun = statements_.begin.run(); !begun) {
    return give_up(std::move(group), std::move(begun.error()), false);
  }
  if (auto kept = keep_all(group, staged); !kept) {
    return give_up(std::move(group), std::move(kept.error()), false);
  }
  if (auto committed = statements_.commit.run(); !committed) {
    return give_up(std::move(group), std::move(committed.error()), true);
  }
  adopt(staged);
  return {.what = Outcome::What::kCommitted,
          .answers = answers_to(std::move(group), std::move(staged.decided)),
          .group = {},
          .error = {}};
}

SqlResult<void> LogTables::keep_all(const std::vector<Posted>& group, Staged& staged) {
  for (const Posted& posted : group) {
    if (posted.draft) {
      TRY(auto decided, decide(posted.log, *posted.draft, staged));
      if (decided.refused) {
        staged.refused_epochs.note(chat::NotKept{*posted.draft, *decided.refused});
      }
      staged.decided.push_back(std::move(decided));
    } else {
      TRY(vacate(posted.log, staged));
    }
  }
  return write_rooms(staged);
}

std::vector<Answered> LogTables::answers_to(std::vector<Posted> group,
                                            std::vector<Decided> decided) {
  std::vector<Answered> answers;
  answers.reserve(decided.size());
  auto next = decided.begin();
  for (Posted& posted : group) {
    if (!posted.draft) continue;
    Decided& one = *next++;
    if (one.refused) {
      answers.push_back(
          {std::move(posted.log), chat::NotKept{*std::move(posted.draft), *one.refused}});
      continue;
    }
    answers.push_back(
        {std::move(posted.log),
         chat::Kept{*std::move(posted.draft), one.number, one.is_repeated, {one.kept_at}, true},
         std::move(one.removed)});
  }
  return answers;
}

SqlResult<LogTables::Decided> LogTables::decide(const LogPtr& log, const chat::Draft& draft,
                                                Staged& staged) {
  const std::int64_t now = staged.moment.now;
  RoomRow& row = row_of(*log, staged);
  const auto refuse = [](chat::Trouble trouble) { return Decided{.refused = trouble}; };
  if (row.id > kMostRooms) return refuse(chat::Trouble::kTooManyRooms);
  if (staged.refused_epochs.is_over(draft)) return refuse(chat::Trouble::kAfterAnother);
  const Source by{owner_id(draft.owner), draft.network ? network_id(*draft.network) : 0};
  std::optional<chat::Trouble> trouble = chat::Trouble::kBarred;
  if (!draft.is_barred_as({row.next})) {
    TRY(trouble, staged.admission.refusal(row, draft, by, log->writer.oldest));
  }
  TRY(const auto claim, claim_id(draft, now, row, trouble.has_value()));
  switch (claim.what) {
    case Claim::What::kRotten:
      return refuse(chat::Trouble::kDamagedId);
    case Claim::What::kBarred:
      return refuse(*trouble);
    case Claim::What::kRepeated:
      return Decided{{}, claim.first, true, claim.kept_at};
    case Claim::What::kNew:
      break;
  }
  const chat::Number number{row.next};
  TRY(write_message(*log, draft, by, row, staged));
  if (number.value == 1) {
    Places::take(log->name, staged.places);
    staged.new_logs.emplace(log.get(), log);
  }
  Decided kept{{}, number, false, now};
  if (draft.removes) {
    TRY(kept.removed, decide_removal(*draft.removes, staged));
  }
  return kept;
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
    row.id = places_.next(log.name, staged.places);
    if (row.id == 0) {
      row.id = kMostRooms + 1;
    } else {
      log_ids_[row.id] = row.log;
    }
  }
  return row;
}

SqlResult<LogTables::Claim> LogTables::claim_id(const chat::Draft& draft, std::int64_t kept_at,
                                                RoomRow& row, bool is_barred) {
  if (!draft.id) return Claim{is_barred ? Claim::What::kBarred : Claim::What::kNew};
  if (is_barred) return find_first(draft, true);
  const PostedRow claim{draft.author, draft.id->text, row.id, {row.next}, kept_at};
  const Hash hash = hasher_.of(row.log, claim);
  statements_.insert_posted.bind(1, claim.author)
      .bind(2, claim.id)
      .bind(3, claim.room)
      .bind(4, claim.number.value)
      .bind(5, claim.kept_at)
      .bind_bytes(6, view_of(hash));
  TRY(statements_.insert_posted.run());
  if (database_.changes() != 1) return find_first(draft, false);
  ++row.ids;
  return Claim{};
}

SqlResult<LogTables::Claim> LogTables::find_first(const chat::Draft& draft, bool is_barred) {
  Statement& find = statements_.find_posted;
  TRY(const auto found, find.bind(1, draft.author).bind(2, draft.id->text).step());
  if (!found && is_barred) return Claim{Claim::What::kBarred};
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

SqlResult<void> LogTables::write_message(Log& log, const chat::Draft& draft, const Source& by,
                                         RoomRow& row, Staged& staged) {
  const chat::Message& message = *draft.message;
  const MessageRow written{
      {row.next},       staged.moment.now, static_cast<std::int64_t>(message.kind),
      message.author,   message.text,      by,
      message.author_id};
  const Hash hash = hasher_.of(row.log, written);
  statements_.insert_message.bind(1, place_of(row.id, written.number))
      .bind(2, written.kept_at)
      .bind(3, written.kind)
      .bind(4, written.author)
      .bind(5, written.text)
      .bind_bytes(6, view_of(hash))
      .bind(7, by.owner)
      .bind(8, by.network)
      .bind(9, written.author_id.value);
  TRY(statements_.insert_message.run());
  ++row.next;
  row.bytes += written.bytes();
  staged.admission.add(written.bytes() + kMessageCost);
  if (!is_for_good(log.name)) staged.counted.push_back({&log, by, written.bytes(), false});
  return {};
}

SqlResult<void> LogTables::write_rooms(const Staged& staged) {
  for (const auto& [log, row] : staged.rooms) {
    if (row == log->writer.row || row.next == 1) continue;
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
      .bind(6, row.missing)
      .bind(7, row.counted)
      .bind(8, row.ids)
      .bind_bytes(9, view_of(hash))
      .bind(10, row.id)
      .run();
}

void LogTables::set_row(Log& log, RoomRow row) {
  const auto cost = [](const RoomRow& one) {
    return one.bytes + one.messages() * kMessageCost + one.ids * kIdCost +
           (one.id == 0 ? 0 : kRoomCost);
  };
  used_ += cost(row) - cost(log.writer.row);
  ids_ += row.ids - log.writer.row.ids;
  log.writer.row = std::move(row);
}

void LogTables::adopt(Staged& staged) {
  for (auto& [log, row] : staged.rooms) {
    if (row.next == 1) continue;  // nothing was kept in it
    if (log->writer.oldest == 0 && row.messages() > 0) log->writer.oldest = staged.moment.now;
    set_row(*log, std::move(row));
  }
  places_.adopt(staged.places);
  // A new room may have the name of one that has gone just before.
  for (const LogPtr& log : staged.vacated) give_place_back(*log);
  for (const auto& [log, owned] : staged.new_logs) {
    const std::int64_t id = log->writer.row.id;
    log->row_id = id;
    logs_[id] = owned;
    names_[log->name.text] = owned;
    if (is_for_good(log->name)) row_for_good_ = id;
  }
  for (const Staged::Counted& one : staged.counted) {
    const std::int64_t room = one.log->writer.row.id;
    if (one.is_lighter) {
      shares_.lighten(room, one.by, one.bytes);
    } else {
      shares_.add(room, one.by, one.bytes, staged.moment.now);
    }
  }
  std::ranges::move(staged.removals, std::back_inserter(removals_));
  is_wal_to_go_ = is_wal_to_go_ || staged.has_removed;
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
    if (!posted.draft) {
      outcome.group.push_back(std::move(posted));
      continue;
    }
    outcome.answers.push_back(
        {std::move(posted.log), chat::NotKept{*std::move(posted.draft), outcome.trouble}});
  }
  return outcome;
}

SqlResult<void> LogTables::fence() {
  // It starts at the same place in the log as the group in doubt; the remains of that group are
  // then no valid continuation.
  return statements_.fence.run();
}

}  // namespace palabre::store
