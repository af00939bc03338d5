#include "store/database.h"

#include <sqlite3.h>
#include <sysexits.h>

#include <bit>
#include <cerrno>
#include <utility>

#include "store/relative_vfs.h"

namespace palabre::store {
namespace {

constexpr int kBusyMilliseconds = 5000;

Fault fault_of(int code) {
  switch (code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return Fault::kSync;
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
      return Fault::kDamaged;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Fault::kFull;
    case SQLITE_CORRUPT:
      return Fault::kDamaged;
    case SQLITE_NOTADB:
      return Fault::kForeign;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::kBusy;
    default:
      return Fault::kOther;
  }
}

int remember_frames(void* frames, sqlite3* /*connection*/, const char* /*name*/, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

/// SQLite reports only ENOSPC as a full disk. A failed sync stays a doubt about the data.
bool is_beyond_limit(sqlite3* connection, int code) {
  if (connection == nullptr || (code & 0xff) != SQLITE_IOERR) return false;
  if (fault_of(code) == Fault::kSync) return false;
  const int error = sqlite3_system_errno(connection);
  return error == ENOSPC || error == EFBIG || error == EDQUOT;
}

SqlError error_of(sqlite3* connection, int code, std::string_view about) {
  std::string text = sqlite3_errstr(code);
  if (connection != nullptr && sqlite3_extended_errcode(connection) == code) {
    text = sqlite3_errmsg(connection);
  }
  text += " (SQLite's code " + std::to_string(code);
  if (!about.empty()) text.append(", in ").append(about);
  const Fault fault = is_beyond_limit(connection, code) ? Fault::kFull : fault_of(code);
  return SqlError{fault, code, text + ")"};
}

}  // namespace

SqlError error_of_vfs(int code, std::string_view about) { return error_of(nullptr, code, about); }

Error in_words(const std::string& what, const SqlError& error) {
  switch (error.fault) {
    case Fault::kFull:
      return {EX_IOERR, what +
                            ": the disk is full, or a quota or a limit of file sizes (ulimit -f) "
                            "is reached; make room"};
    case Fault::kSync:
      return {EX_IOERR, what + ": the disk did not confirm what was written: " + error.text +
                            "; look at the disk, then start again"};
    case Fault::kDamaged:
      return {EX_DATAERR, what + ": it is damaged: " + error.text +
                              "; see what palabre check says, and restore a backup"};
    case Fault::kForeign:
      return {EX_DATAERR, what + ": it is not a database; give the path of another file"};
    case Fault::kBusy:
      return {EX_TEMPFAIL, what + ": another program has locked it; end that, or try again"};
    case Fault::kOther:
      break;
  }
  return {EX_IOERR, what + ": " + error.text + "; look at the disk and at the owner of the file"};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_.get(), index, value)) bind_error_ = code;
  return *this;
}

Statement& Statement::bind(int index, std::uint64_t value) {
  return bind(index, std::bit_cast<std::int64_t>(value));
}

Statement& Statement::bind(int index, std::string_view text) {
  const char* const at = text.data() == nullptr ? "" : text.data();  // else a NULL
  if (const int code = sqlite3_bind_text64(statement_.get(), index, at, text.size(), SQLITE_STATIC,
                                           SQLITE_UTF8)) {
    bind_error_ = code;
  }
  return *this;
}

Statement& Statement::bind_bytes(int index, std::string_view bytes) {
  const char* const at = bytes.data() == nullptr ? "" : bytes.data();
  if (const int code =
          sqlite3_bind_blob64(statement_.get(), index, at, bytes.size(), SQLITE_STATIC)) {
    bind_error_ = code;
  }
  return *this;
}

SqlResult<bool> Statement::step() {
  int code = std::exchange(bind_error_, SQLITE_OK);
  if (code == SQLITE_OK) code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  sqlite3* const connection = sqlite3_db_handle(statement_.get());
  const int extended = sqlite3_extended_errcode(connection);
  if ((extended & 0xff) == (code & 0xff)) code = extended;
  SqlError error = error_of(connection, code, sqlite3_sql(statement_.get()));
  sqlite3_reset(statement_.get());
  return fail(std::move(error));
}

SqlResult<void> Statement::run() {
  auto more = step();
  while (more && *more) more = step();
  if (!more) return fail(std::move(more.error()));
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t Statement::number(int column) const {
  return std::bit_cast<std::uint64_t>(integer(column));
}

std::string_view Statement::text(int column) const {
  const unsigned char* const at = sqlite3_column_text(statement_.get(), column);
  if (at == nullptr) return {};
  return {reinterpret_cast<const char*>(at),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::bytes(int column) const {
  const void* const at = sqlite3_column_blob(statement_.get(), column);
  if (at == nullptr) return {};
  return {static_cast<const char*>(at),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Database::Database(sqlite3* connection)
    : wal_frames_(std::make_unique<int>(0)), connection_(connection) {}

SqlResult<Database> Database::open(const std::filesystem::path& path, Mode mode,
                                   const std::string& vfs) {
  const int access = mode == Mode::kWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const char* const usual = path.is_relative() ? relative_vfs() : nullptr;
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   vfs.empty() ? usual : vfs.c_str());
  Database database(connection);
  if (code != SQLITE_OK) return fail(error_of(connection, code, "opening"));
  if (mode == Mode::kWrite) {
    database.clean_pages_ = CleanPages::on(connection);
    TRY(database.run("PRAGMA secure_delete = ON"));
  }
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  // Both ways of automatic checkpoints hide their result from us. The hook replaces the one that
  // checkpoints after a commit; `PRAGMA wal_autocheckpoint` would restore that one.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_hook(connection, remember_frames, database.wal_frames_.get());
  // A damaged schema must not be able to do anything except fail.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

SqlError Database::error(std::string_view about) const {
  return error_of(connection_.get(), sqlite3_extended_errcode(connection_.get()), about);
}

SqlResult<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return fail(error(sql));
  }
  return Statement(statement);
}

SqlResult<void> Database::run(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fail(error(sql));
  }
  return {};
}

SqlResult<std::int64_t> Database::query_number(const char* sql) {
  TRY(auto statement, prepare(sql));
  TRY(const auto row, statement.step());
  return row ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(connection_.get()); }

void Database::roll_back() {
  if (sqlite3_get_autocommit(connection_.get()) == 0) {
    // A failing ROLLBACK leaves no transaction: SQLite drops it in any case.
    sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

SqlResult<Database::Checkpointed> Database::checkpoint(Checkpoint how) {
  const int mode =
      how == Checkpoint::kTruncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  int frames = 0;
  int copied = 0;
  sqlite3_busy_timeout(connection_.get(), 0);
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, mode, &frames, &copied);
  sqlite3_busy_timeout(connection_.get(), kBusyMilliseconds);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    return fail(error("the checkpoint"));
  }
  return Checkpointed{frames >= 0 && frames == copied, code == SQLITE_OK};
}

void Database::forget_pages() { sqlite3_db_release_memory(connection_.get()); }

void Database::checkpoint_on_close() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

}  // namespace palabre::store
