#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chat/history.h"
#include "store/database.h"
#include "store/files.h"
#include "store/log.h"
#include "store/retention.h"
#include "store/rows.h"

namespace palabre::store {

/// In the words of chat/, which knows no SQLite.
chat::Trouble trouble_of(const SqlError& error);

/// All that is written to a store, over the one connection that writes. No thread, no queue, no
/// clock of its own. One thread at a time.
class LogTables {
 public:
  /// `database` has the tables of this version.
  static SqlResult<LogTables> over(Database database, std::filesystem::path path);

  /// The heads of all rooms, checked against their hashes and their last messages: a counter that
  /// was damaged would give numbers twice. For once, before anything else.
  /// `new_life` is what a new or restored store is given; not 0. Where there are `many_rooms` or
  /// more, those go of which nothing is kept and no id is remembered: their names are then those of
  /// new logs. Only here, since no room is open yet.
  Result<std::vector<LogPtr>> load(std::uint64_t new_life, std::size_t many_rooms);

  /// Copies what a crash has left in the write-ahead log into the file, synced, and empties the
  /// log. What is seen after a crash may never have reached the disk, so nothing may be
  /// acknowledged before this has succeeded. Stopped by readers of old states only (`kBusy`).
  SqlResult<void> settle();

  /// Copies the write-ahead log into the file, as far as readers let it; the log is then written
  /// from its beginning again.
  SqlResult<void> copy_wal();

  /// What has become of a group.
  struct Outcome {
    enum class What {
      kCommitted,  ///< `answers` say under which numbers
      kNotKept,    ///< nothing of it is in the log, and never will be; `answers` say so
      kInDoubt,    ///< not in the log, but it may be there after a crash, until `fence` succeeds
      kLost,       ///< whether it is on the disk will be known after a restart; write no more
    };
    What what = What::kCommitted;
    std::vector<Answered> answers;
    std::vector<Posted> group;  ///< back again, where there are no answers
    chat::Trouble trouble = chat::Trouble::kDiskFailing;
    SqlError error;
  };
  /// Numbers and keeps a group in one transaction, synced. `kept_at` as in `MessageRow`.
  Outcome keep(std::vector<Posted> group, std::int64_t kept_at);

  /// Commits something else, so that a group in doubt cannot come back.
  SqlResult<void> fence();

  struct Retained {
    bool is_done = true;  ///< nothing more of this room is due
    std::size_t rows = 0;
  };
  /// Removes the oldest messages of a room, unless it `is_for_good`, that are due at `now` (as
  /// `kept_at`), so many at most. Without `age`: by count and bytes alone.
  SqlResult<Retained> retain(Log& log, const Retention& policy, std::int64_t now, std::size_t most);

  /// Forgets the ids of messages kept before `before`, but of the room that `is_for_good`, in
  /// `most` rows from where the last call ended on. Whether it has come to the end of the table;
  /// the next call then begins at its beginning.
  SqlResult<bool> forget_ids(std::int64_t before, std::size_t most);

  /// What an earlier life has seen of the wall clock; nothing where that is not known.
  std::optional<ClockRow> clock();
  SqlResult<void> note_clock(const ClockRow& row);

  Database& database() { return database_; }
  const Database& database() const { return database_; }

 private:
  struct Statements {
    Statement begin;
    Statement commit;
    Statement insert_room;
    Statement update_room;
    Statement insert_message;
    Statement insert_posted;
    Statement find_posted;
    Statement oldest;
    Statement remove_messages;
    Statement remove_room;
    Statement next_posted;
    Statement remove_posted;
    Statement fence;
    Statement note_clock;
  };
  static SqlResult<Statements> prepare(Database& database);
  LogTables(Database database, Statements statements, std::filesystem::path path);

  /// A group while it is in its transaction.
  struct Staged {
    std::unordered_map<Log*, RoomRow> rooms;
    std::vector<Answered> answers;
    std::size_t new_rooms = 0;
  };
  SqlResult<void> keep_all(const std::vector<Posted>& group, std::int64_t kept_at, Staged& staged);
  SqlResult<void> keep_one(const Posted& posted, std::int64_t kept_at, Staged& staged);
  /// The row as the transaction will leave it. Its id is beyond kMostRooms where there is no place
  /// for another room.
  RoomRow& row_of(Log& log, Staged& staged);
  SqlResult<void> write_message(const Posted& posted, std::int64_t kept_at, RoomRow& row);
  /// What is known of a draft's id.
  struct Claim {
    enum class What {
      kNew,       ///< the id, or it has none
      kRepeated,  ///< `first` was kept under it, at `kept_at`
      kRotten,    ///< something was, and nobody can say which number it has
      kBarred,    ///< nothing was, and nothing must be
    };
    What what = What::kNew;
    chat::Number first = {};
    std::int64_t kept_at = 0;
  };
  SqlResult<Claim> claim_id(const Posted& posted, std::int64_t kept_at, const RoomRow& row);
  SqlResult<Claim> find_first(const chat::Draft& draft);
  bool is_sound(const ReadPosted& posted);
  SqlResult<void> write_rooms(const Staged& staged);
  SqlResult<void> store_room(const RoomRow& row, bool is_new);
  void adopt(Staged& staged);
  Outcome give_up(std::vector<Posted> group, SqlError error, bool at_commit);
  SqlResult<void> begin_life(std::uint64_t new_life);
  Result<void> forget_rooms(std::vector<LogPtr>& logs);
  SqlResult<void> remove_rooms(const std::vector<LogPtr>& logs);
  void find_free_ids();
  Result<LogPtr> take_room(const ReadRoom& room, Statement& last);
  SqlResult<Retained> remove_due(Log& log, const Retention& policy, std::int64_t now,
                                 std::size_t most);
  struct Due {
    std::uint64_t first;  ///< what `RoomRow::first` is to become
    std::uint64_t bytes;  ///< likewise
    bool is_all;
  };
  SqlResult<Due> find_due(const RoomRow& row, const Retention& policy, std::int64_t now,
                          std::size_t most);
  SqlResult<bool> forget_some(std::int64_t before, std::size_t most);

  SyncedFile index_;  ///< of the write-ahead log; closed after the database, whose locks are on it
  Database database_;
  std::filesystem::path path_;
  Statements statements_;
  RowHasher hasher_;
  std::unordered_map<std::int64_t, chat::LogId> log_ids_;  // by row
  std::vector<std::int64_t> free_ids_;  // of rows of rooms; the next to be taken is the last
  std::uint64_t life_ = 0;
  std::int64_t row_for_good_ = 0;  ///< of the room that `is_for_good`, once there is one
  // Where `forget_ids` goes on.
  std::string after_author_;
  std::string after_id_;
};

}  // namespace palabre::store
