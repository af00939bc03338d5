#include "store/sqlite_history.h"

#include <sodium/core.h>
#include <sysexits.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>
#include <variant>

#include "base/fail.h"
#include "store/clock_doubt.h"
#include "store/database.h"
#include "store/log_reader.h"
#include "store/log_tables.h"
#include "store/schema.h"
#include "store/wal_again.h"
#include "store/wal_file.h"

namespace palabre::store {
namespace {

/// The page cache of the writer's connection, in which the remembered ids are looked up.
constexpr const char* kWriterCache = "PRAGMA cache_size = -65536";  // KiB

/// Built under another name, and renamed when complete: an interrupted start then leaves nothing
/// that looks like a store that has lost data.
Result<void> make_store(const std::filesystem::path& path, const std::string& vfs) {
  const std::filesystem::path unfinished = unfinished_path(path);
  // The journal goes first: without its file, SQLite would apply it to the next file of that name.
  std::error_code ignored;  // what cannot be removed is reported by the calls below
  std::filesystem::remove(journal_path(unfinished), ignored);
  std::filesystem::remove(unfinished, ignored);
  TRY(make_private_file(unfinished));
  {
    const std::string name = unfinished.string();
    auto database = Database::open(unfinished, Database::Mode::kWrite, vfs);
    if (!database) {
      return fail(in_words(name + " cannot be opened", database.error()));
    }
    TRY(make_tables(*database, name));
  }
  return move_synced(unfinished, path);
}

Result<LogTables> open_tables(const Options& options, const std::string& vfs) {
  const std::string name = options.path.string();
  const auto cannot = [&](const SqlError& error) {
    return fail(in_words(name + " cannot be opened", error));
  };
  auto database = Database::open(options.path, Database::Mode::kWrite, vfs);
  if (!database) return cannot(database.error());
  TRY(bring_forward(*database, name));
  if (auto set = database->run(kWriterCache); !set) return cannot(set.error());
  auto tables = LogTables::over(std::move(*database), options.path, options.retention,
                                options.reserved_rooms);
  if (!tables) return cannot(tables.error());
  return std::move(*tables);
}

Result<LogReader> open_reader(const Options& options, const std::string& vfs) {
  const auto cannot = [&](const SqlError& error) {
    return fail(in_words(options.path.string() + " cannot be read", error));
  };
  auto database = Database::open(options.path, Database::Mode::kRead, vfs);
  if (!database) return cannot(database.error());
  auto reader = LogReader::over(std::move(*database));
  if (!reader) return cannot(reader.error());
  return std::move(*reader);
}

/// A full disk is no reason not to start. (To overwrite takes space where files share blocks with
/// snapshots.)
Result<void> confirm_wal(const std::filesystem::path& store, const std::string& vfs) {
  const auto written = write_wal_again(store, vfs);
  if (written || written.error().fault == Fault::kFull) return {};
  return fail(in_words(wal_path(store).string() + " cannot be written", written.error()));
}

/// True: settled. False: the disk is full or a reader is in the way. That is no reason not to
/// start: everything can be read, and the writer retries.
Result<bool> settle(LogTables& tables, const std::string& name) {
  const auto settled = tables.settle();
  if (settled) return true;
  const Fault fault = settled.error().fault;
  if (fault == Fault::kFull || fault == Fault::kBusy) return false;
  return fail(in_words(name + " cannot be written", settled.error()));
}

}  // namespace

Result<std::unique_ptr<SqliteHistory>> SqliteHistory::open(const Options& options,
                                                           const Outside& outside) {
  if (sodium_init() < 0) {
    return fail(EX_OSERR, "libsodium cannot be initialised; reinstall it");
  }
  TRY(expect_no_link(options.path));
  TRY(auto lock, lock_for_server(options.path));
  TRY(examine_wal(options.path));
  TRY(confirm_wal(options.path, outside.vfs));
  std::error_code unknown;
  if (!std::filesystem::exists(options.path, unknown) && !unknown) {
    TRY(make_store(options.path, outside.vfs));
  }
  TRY(auto tables, open_tables(options, outside.vfs));
  TRY(const auto settled, settle(tables, options.path.string()));
  TRY(auto logs,
      tables.load(std::max<std::uint64_t>(outside.random(), 1), options.sizes.many_rooms));
  TRY(auto log_reader, open_reader(options, outside.vfs));
  auto reader = std::make_unique<Reader>(std::move(log_reader), options.sizes.slices,
                                         options.sizes.slice_entries, outside.wake);
  const std::int64_t latest = latest_of(tables.clock());
  auto writer = std::make_unique<Writer>(std::move(tables), logs, settled, options, outside);
  return std::unique_ptr<SqliteHistory>(new SqliteHistory(std::move(lock), outside.random, logs,
                                                          latest, options.retention.total,
                                                          std::move(reader), std::move(writer)));
}

SqliteHistory::SqliteHistory(Descriptor lock, std::function<std::uint64_t()> random,
                             const std::vector<LogPtr>& logs, std::int64_t latest_wall,
                             std::optional<std::uint64_t> total, std::unique_ptr<Reader> reader,
                             std::unique_ptr<Writer> writer)
    : lock_(std::move(lock)),
      random_(std::move(random)),
      latest_wall_(latest_wall),
      total_(total),
      writer_(std::move(writer)),
      reader_(std::move(reader)) {
  for (const LogPtr& log : logs) logs_.emplace(log->name.text, log);
}

chat::Cursor SqliteHistory::open(chat::RoomId room, const chat::RoomName& name) {
  LogPtr& log = logs_[name.text];
  if (!log) log = std::make_shared<Log>(name, chat::LogId{random_()});
  log->hub.room = room;
  rooms_[room] = log;
  return {log->id, log->hub.end};
}

void SqliteHistory::close(chat::RoomId room) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return;
  const LogPtr log = std::move(found->second);
  rooms_.erase(found);
  log->hub.room.reset();
  forget_if_idle(*log);
}

void SqliteHistory::forget_if_idle(const Log& log) {
  if (log.hub.room || log.hub.unanswered > 0 || log.hub.end.value > 0) return;
  logs_.erase(log.name.text);
}

std::vector<chat::RoomName> SqliteHistory::rooms() const {
  std::vector<chat::RoomName> rooms;
  for (const auto& [name, log] : logs_) {
    if (log->hub.end.value > 0) rooms.push_back(log->name);
  }
  return rooms;
}

void SqliteHistory::append(chat::Draft draft) {
  const LogPtr& log = rooms_.at(draft.room);
  ++log->hub.unanswered;
  ++unanswered_;
  writer_->append(log, std::move(draft));
}

void SqliteHistory::count(const chat::Verdict& verdict) {
  if (const auto* const kept = std::get_if<chat::Kept>(&verdict)) {
    // One that is repeated was kept before the trouble, perhaps.
    refusals_.are_over = refusals_.are_over || !kept->repeated;
    return;
  }
  const auto* const refused = std::get_if<chat::NotKept>(&verdict);
  switch (refused->trouble) {
    case chat::Trouble::kDamagedId:
    case chat::Trouble::kAfterAnother:
    case chat::Trouble::kBarred:
    case chat::Trouble::kRoomFull:  // its author's own doing
      return;
    default:
      ++refusals_.messages;
      refusals_.last = refused->trouble;
      refusals_.are_over = false;
  }
}

std::vector<chat::LogEvent> SqliteHistory::take_events() {
  std::vector<chat::LogEvent> events;
  auto answers = writer_->take_answers();
  events.reserve(answers.size());
  for (Answered& answered : answers) {
    for (chat::Removed& removed : answered.removed) {
      reader_->redact(removed);
      events.emplace_back(std::move(removed));
    }
    if (answered.verdict) {
      events.push_back(event_of(*answered.log, *std::move(answered.verdict)));
    } else if (answered.log) {
      vacate(answered.log);
    }
  }
  return events;
}

chat::LogEvent SqliteHistory::event_of(Log& log, chat::Verdict verdict) {
  --log.hub.unanswered;
  --unanswered_;
  count(verdict);
  const auto* const kept = std::get_if<chat::Kept>(&verdict);
  if (kept != nullptr && !kept->repeated) log.hub.end = kept->number;
  if (log.hub.room) {
    std::visit([&log](auto& given) { given.draft.room = *log.hub.room; }, verdict);
  } else {
    forget_if_idle(log);
  }
  return chat::to_event(std::move(verdict));
}

void SqliteHistory::vacate(const LogPtr& log) {
  if (log->hub.room || log->hub.unanswered > 0) return;
  const auto found = logs_.find(log->name.text);
  if (found == logs_.end() || found->second != log) return;
  logs_.erase(found);
  writer_->vacate(log);
}

SqliteHistory::Fill SqliteHistory::fill() const {
  const auto fill = writer_->fill();
  return {fill.used, total_, fill.free != Free::kForAll};
}

void SqliteHistory::read(const chat::Read& read) {
  const LogPtr& log = rooms_.at(read.room);
  reader_->enqueue({log, read, log->hub.end});
}

std::vector<chat::Slice> SqliteHistory::take_slices() {
  auto slices = reader_->take_slices();
  std::erase_if(slices, [this](const chat::Slice& slice) { return !rooms_.contains(slice.room); });
  return slices;
}

}  // namespace palabre::store
