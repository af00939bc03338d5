#include "store/schema.h"

#include <sysexits.h>

#include <array>
#include <utility>

#include "base/fail.h"
#include "store/shares.h"

namespace palabre::store {
namespace {

// Each step migrates the tables from version N to N + 1. A released step never changes. To add one,
// append it and raise kSchemaVersion.
constexpr std::array<const char*, kSchemaVersion> kSteps{
    // 1. `next` is a stored counter: it cannot be derived from the messages, since they expire.
    // `place` is room * 2^44 + number, see rows.h. `posted` maps an author's message ids to
    // numbers, for longer than the texts are kept. `store.life` is drawn anew for each restored
    // backup, and is part of the ids of the logs: numbers given after the backup may be given
    // again. `fence` is written to settle the outcome of a commit.
    R"sql(
CREATE TABLE room(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  log INTEGER NOT NULL,
  next INTEGER NOT NULL,
  first INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  hash BLOB NOT NULL) STRICT;
CREATE TABLE message(
  place INTEGER PRIMARY KEY,
  kept_at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  hash BLOB NOT NULL) STRICT;
CREATE TABLE posted(
  author TEXT NOT NULL,
  id TEXT NOT NULL,
  room INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kept_at INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY(author, id)) STRICT, WITHOUT ROWID;
CREATE TABLE store(id INTEGER PRIMARY KEY, life INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE fence(id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
INSERT INTO fence VALUES(1, 0);
CREATE VIEW log AS
  SELECT room.name AS room, place & 17592186044415 AS number,
         datetime(kept_at / 1000000, 'unixepoch') AS kept_at, author, text
  FROM message JOIN room ON room.id = place >> 44;
PRAGMA application_id = 0x504c4252;
)sql",
    // 2. `clock` is the wall clock at the last look. If it is elsewhere at the next start, it was
    // set meanwhile, perhaps wrongly.
    R"sql(
CREATE TABLE clock(
  id INTEGER PRIMARY KEY,
  seen INTEGER NOT NULL,
  doubt INTEGER NOT NULL,
  hash BLOB NOT NULL) STRICT;
)sql",
    // 3. `latest` is the latest time ever seen, whatever the clock has been set to since.
    R"sql(
ALTER TABLE clock ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;
)sql",
    // 4. Whose each message is (`Source`), and how much each room keeps of each (`Shares`). `hole`
    // has ranges of numbers whose messages went before older ones. `removal` has what is decided
    // to be removed and not gone yet. `room.ids` counts the rows of `posted`, so that a start scans
    // none. `bring_forward` fills `share` and `ids` for the messages before.
    R"sql(
ALTER TABLE room ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN ids INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN network INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN author_id INTEGER NOT NULL DEFAULT 0;
CREATE TABLE hole(
  place INTEGER PRIMARY KEY,
  last INTEGER NOT NULL,
  hash BLOB NOT NULL) STRICT;
CREATE TABLE share(
  kind INTEGER NOT NULL,
  who INTEGER NOT NULL,
  room INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  since INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY(kind, who, room)) STRICT, WITHOUT ROWID;
CREATE INDEX share_by_bytes ON share(room, kind, bytes);
CREATE INDEX share_by_messages ON share(room, kind, messages);
CREATE TABLE removal(
  id INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  first_network INTEGER NOT NULL,
  last_network INTEGER NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  place INTEGER NOT NULL,
  hash BLOB NOT NULL) STRICT;
)sql",
    // 5. The indexes in the order of `Shares::heaviest_sql`: SQLite made no use of those of step 4.
    R"sql(
DROP INDEX share_by_bytes;
DROP INDEX share_by_messages;
CREATE INDEX share_by_bytes ON share(room, kind, bytes DESC, who);
CREATE INDEX share_by_messages ON share(room, kind, messages DESC, who);
)sql",
};

struct Identity {
  std::int64_t application = 0;
  std::int64_t version = 0;
};

SqlResult<Identity> identify(Database& database) {
  TRY(const auto application, database.query_number("PRAGMA application_id"));
  TRY(const auto version, database.query_number("PRAGMA user_version"));
  return Identity{application, version};
}

Result<Identity> identify_ours(Database& database, const std::string& name) {
  auto found = identify(database);
  if (!found) return fail(in_words(name + " cannot be opened", found.error()));
  if (found->application != kApplicationId || found->version < 1) {
    return fail(EX_DATAERR, "{} is a database of another program; give another file", name);
  }
  if (found->version > kSchemaVersion) {
    return fail(EX_DATAERR,
                "{} was written by a newer palabre (tables of version {}, this one knows {}); "
                "start that one, or restore a backup",
                name, found->version, kSchemaVersion);
  }
  return *found;
}

SqlResult<void> migrate(Database& database, std::int64_t version) {
  TRY(database.run("BEGIN IMMEDIATE"));
  while (version < kSchemaVersion) {
    TRY(database.run(kSteps.at(static_cast<std::size_t>(version))));
    ++version;
    if (version == 4) {
      TRY(count_what_is_there(database));
    }
    const std::string mark = "PRAGMA user_version = " + std::to_string(version);
    TRY(database.run(mark.c_str()));
  }
  return database.run("COMMIT");
}

}  // namespace

Result<void> make_tables(Database& database, const std::string& name) {
  auto made = database.run("PRAGMA synchronous = FULL");
  if (made) made = migrate(database, 0);
  if (made) return {};
  return fail(in_words(name + " cannot be written", made.error()));
}

Result<void> bring_forward(Database& database, const std::string& name) {
  TRY(const auto found, identify_ours(database, name));
  // Also for tables of the current version: a new store, and a copy, have no write-ahead log yet.
  for (const char* const pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"}) {
    if (auto set = database.run(pragma); !set) {
      return fail(in_words(name + " cannot be written", set.error()));
    }
  }
  if (found.version == kSchemaVersion) return {};
  if (auto done = migrate(database, found.version); !done) {
    database.roll_back();
    return fail(in_words(name + " cannot be written", done.error()));
  }
  return {};
}

Result<void> expect_schema(Database& database, const std::string& name) {
  TRY(const auto found, identify_ours(database, name));
  if (found.version == kSchemaVersion) return {};
  return fail(EX_DATAERR,
              "{} was written by an older palabre; start a server on it once, so that it is "
              "brought forward",
              name);
}

}  // namespace palabre::store
