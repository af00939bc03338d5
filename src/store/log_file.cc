#include "store/log_file.h"

#include <sodium/core.h>
#include <sqlite3.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/fail.h"
#include "store/files.h"
#include "store/log_tables.h"
#include "store/schema.h"
#include "store/wal_again.h"
#include "store/wal_file.h"

namespace palabre::store {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1} << 20;
constexpr std::size_t kPartEntries = 4096;

const std::string& text_of(const LogFile::Room& room) { return room.name.text; }

Unexpected<Error> cannot_read(const std::filesystem::path& path, const SqlError& error) {
  return fail(in_words(path.string() + " cannot be read", error));
}

/// Whether the error is of the file that is copied, not of the copy.
bool is_of_source(const SqlError& error) {
  return error.fault == Fault::kDamaged || error.fault == Fault::kForeign ||
         error.code == SQLITE_IOERR_READ;
}

/// Requires that `to` is empty or does not exist.
SqlResult<void> copy_into(Database& from, const std::string& to) {
  TRY(auto copy, from.prepare("VACUUM INTO ?"));
  return copy.bind(1, to).run();
}

/// The next server that starts on the copy then draws a new life.
SqlResult<void> take_life(const std::filesystem::path& copy) {
  TRY(auto database, Database::open(copy, Database::Mode::kWrite, ""));
  return database.run("DELETE FROM store");
}

/// The copy has nothing of what was decided to be removed, though the store still had it.
Result<void> complete_removals(const std::filesystem::path& copy) {
  const auto cannot = [&](const SqlError& error) {
    return fail(in_words(copy.string() + " cannot be written", error));
  };
  auto database = Database::open(copy, Database::Mode::kWrite, "");
  if (!database) return cannot(database.error());
  const auto left = database->query_number("SELECT count(*) FROM removal");
  if (!left) return cannot(left.error());
  if (*left == 0) return {};
  auto tables = LogTables::over(std::move(*database), copy, {}, {});
  if (!tables) return cannot(tables.error());
  TRY(tables->load(1, std::numeric_limits<std::size_t>::max()));
  while (tables->is_removing()) {
    if (auto removed = tables->remove_some(kPartEntries); !removed) return cannot(removed.error());
  }
  return {};
}

Result<void> expect_readable(const std::filesystem::path& path) {
  if (::access(path.c_str(), R_OK) == 0) return {};
  if (errno == EACCES) {
    return fail(EX_NOPERM, "{} may not be read; be the user that the server runs as, or root",
                path.string());
  }
  return fail(EX_NOINPUT, "{} is not there; give the folder of a server's data", path.string());
}

}  // namespace

Result<LogFile> LogFile::open(const std::filesystem::path& path, const std::string& vfs) {
  if (sodium_init() < 0) {
    return fail(EX_OSERR, "libsodium cannot be initialised; reinstall it");
  }
  TRY(expect_no_link(path));
  // The first to open a store after a crash recovers it; `examine_wal` must see the state before
  // that.
  const auto unserved = hold_off_servers(path);
  if (unserved) {
    TRY(examine_wal(path));
    // If this cannot be done, SQLite recovers the store nevertheless, or says why not.
    if (unserved->is_open()) std::ignore = write_wal_again(path, vfs);
  }
  TRY(expect_readable(path));
  auto database = Database::open(path, Database::Mode::kRead, vfs);
  const auto file = file_id(path);
  if (!database) return cannot_read(path, database.error());
  TRY(expect_schema(*database, path.string()));
  auto reader = LogReader::over(std::move(*database));
  if (!reader) return cannot_read(path, reader.error());
  return LogFile(path, vfs, file, std::move(*reader));
}

LogFile::LogFile(std::filesystem::path path, std::string vfs, std::optional<FileId> file,
                 LogReader reader)
    : path_(std::move(path)), vfs_(std::move(vfs)), file_(file), reader_(std::move(reader)) {}

Result<LogFile::Room> LogFile::room_of(ReadRoom room, std::uint64_t life) const {
  if (!room.sound) {
    return cannot_read(path_, {Fault::kDamaged, 0, "a room's row is damaged"});
  }
  return Room{{std::move(room.row.name)},
              id_of(room.row.log, life),
              {room.row.first},
              {room.row.next - 1},
              room.row.id};
}

Result<std::vector<LogFile::Room>> LogFile::rooms() {
  RowHasher hasher;
  const auto store = read_store(reader_.database(), hasher);
  if (!store) return cannot_read(path_, store.error());
  auto rows = reader_.database().prepare(kSelectRooms);
  if (!rows) return cannot_read(path_, rows.error());
  std::vector<Room> rooms;
  while (true) {
    const auto more = rows->step();
    if (!more) return cannot_read(path_, more.error());
    if (!*more) break;
    TRY(auto room, room_of(read_room(*rows, hasher), store->life));
    rooms.push_back(std::move(room));
  }
  std::ranges::sort(rooms, {}, text_of);
  return rooms;
}

Result<std::optional<LogFile::Room>> LogFile::find(const chat::RoomName& name) {
  RowHasher hasher;
  const auto store = read_store(reader_.database(), hasher);
  if (!store) return cannot_read(path_, store.error());
  auto rows = reader_.database().prepare((std::string(kSelectRooms) + " WHERE name=?").c_str());
  if (!rows) return cannot_read(path_, rows.error());
  const auto found = rows->bind(1, std::string_view(name.text)).step();
  if (!found) return cannot_read(path_, found.error());
  if (!*found) return std::nullopt;
  TRY(auto room, room_of(read_room(*rows, hasher), store->life));
  return room;
}

LogFile::Part LogFile::read(const Room& room, chat::Number after) {
  auto slice = reader_.read({room.row, after, room.last, kPartBytes, kPartEntries});
  Part part{slice.up_to, {}};
  for (auto& entry : slice.entries) {
    if (auto* const past = std::get_if<chat::PastMessage>(&entry)) {
      part.entries.emplace_back(
          Dated{past->number, past->kept_at.microseconds, std::move(past->message)});
    } else {
      part.entries.emplace_back(std::get<chat::Missing>(entry));
    }
  }
  return part;
}

Result<chat::Number> LogFile::before(const Room& room, std::int64_t kept_at) {
  auto find = reader_.database().prepare(
      "SELECT min(place) FROM message WHERE place BETWEEN ? AND ? AND kept_at >= ?");
  if (!find) return cannot_read(path_, find.error());
  const auto found = find->bind(1, place_of(room.row, room.first))
                         .bind(2, place_of(room.row, room.last))
                         .bind(3, kept_at)
                         .step();
  if (!found) return cannot_read(path_, found.error());
  const chat::Number first = number_at(find->integer(0));
  if (first.value == 0) return room.last;
  return chat::Number{first.value - 1};
}

Result<void> LogFile::backup(const std::filesystem::path& to) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(to, ignored))) {
    return fail(EX_CANTCREAT, "{} is there already; give the path of a new file", to.string());
  }
  TRY(const UnfinishedCopy part, make_part(to));
  auto made = write_copy(part.path);
  if (made) made = move_to_new(part.path, to);
  if (!made) std::filesystem::remove(part.path, ignored);
  return made;
}

Result<void> LogFile::write_copy(const std::filesystem::path& to) {
  if (auto copied = copy_into(reader_.database(), to.string()); !copied) {
    if (is_of_source(copied.error())) return cannot_read(path_, copied.error());
    return fail(in_words(to.string() + " cannot be written", copied.error()));
  }
  TRY(complete_removals(to));
  if (auto taken = take_life(to); !taken) {
    return fail(in_words(to.string() + " cannot be written", taken.error()));
  }
  return sync_file(to);
}

CheckReport LogFile::check() { return check_store(reader_.database()); }

}  // namespace palabre::store
