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

/// The trouble that chat/ knows for an error of SQLite.
chat::Trouble trouble_of(const SqlError& error);

/// All writes to a store, over its only writing connection. No thread, queue or clock of its own.
/// One thread at a time.
class LogTables {
 public:
  /// Requires that `database` has the tables of this version.
  static SqlResult<LogTables> over(Database database, std::filesystem::path path);

  /// The heads of all rooms, each verified by its hash and its last message: a damaged counter
  /// would give numbers twice. Call once, before anything else. `new_life` (not 0) is given to a
  /// new or restored store. With `many_rooms` or more, forgets the rooms that keep no message and
  /// have no remembered id: a room of the same name then starts a new log. Only possible here,
  /// since no room is open yet.
  Result<std::vector<LogPtr>> load(std::uint64_t new_life, std::size_t many_rooms);

  /// Copies what a crash has left in the write-ahead log into the file, synced, and empties the
  /// log. Data that is readable after a crash may never have reached the disk, so nothing may be
  /// acknowledged before this has succeeded. Fails with `kBusy` only because of readers of old
  /// states.
  SqlResult<void> settle();

  /// Copies the write-ahead log into the file, as far as readers permit; SQLite then overwrites the
  /// log from its beginning.
  SqlResult<void> copy_wal();

  /// The outcome of a group.
  struct Outcome {
    enum class What {
      kCommitted,  ///< `answers` has the numbers
      kNotKept,    ///< nothing of it is in the log, and never will be; `answers` has the refusals
      kInDoubt,    ///< not in the log now, but may be there after a crash, until `fence` succeeds
      kLost,       ///< unknown until a restart whether it is on the disk; write no more
    };
    What what = What::kCommitted;
    std::vector<Answered> answers;
    std::vector<Posted> group;  ///< the drafts, returned when there are no answers
    chat::Trouble trouble = chat::Trouble::kDiskFailing;
    SqlError error;
  };
  /// Numbers and stores a group in one synced transaction. `kept_at` as in `MessageRow`.
  Outcome keep(std::vector<Posted> group, std::int64_t kept_at);

  /// Commits another transaction, so that a group in doubt cannot reappear.
  SqlResult<void> fence();

  struct Retained {
    bool is_done = true;  ///< nothing more of this room has expired
    std::size_t rows = 0;
  };
  /// Removes the oldest messages of a room that have expired at `now` (a time as `kept_at`), `most`
  /// at most; none of a room that `is_for_good`. Without `age`: by count and bytes alone.
  SqlResult<Retained> retain(Log& log, const Retention& policy, std::int64_t now, std::size_t most);

  /// Forgets the ids of messages kept before `before`, except those of the room that `is_for_good`.
  /// Examines `most` rows, from where the last call ended. True: the end of the table is reached,
  /// and the next call starts at its beginning.
  SqlResult<bool> forget_ids(std::int64_t before, std::size_t most);

  /// The stored state of the wall clock; empty if there is none, or if it is unreadable.
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

  /// The changes of a group while its transaction is open.
  struct Staged {
    std::unordered_map<Log*, RoomRow> rooms;
    std::vector<Answered> answers;
    std::size_t new_rooms = 0;
  };
  SqlResult<void> keep_all(const std::vector<Posted>& group, std::int64_t kept_at, Staged& staged);
  SqlResult<void> keep_one(const Posted& posted, std::int64_t kept_at, Staged& staged);
  /// The row as the transaction will leave it. Its id is beyond `kMostRooms` if the store has no
  /// place for another room.
  RoomRow& row_of(Log& log, Staged& staged);
  SqlResult<void> write_message(const Posted& posted, std::int64_t kept_at, RoomRow& row);
  /// The result of looking up a draft's id.
  struct Claim {
    enum class What {
      kNew,       ///< the id is new, or the draft has none
      kRepeated,  ///< `first` was kept under the id, at `kept_at`
      kRotten,    ///< something was kept under the id, but its number is unreadable
      kBarred,    ///< nothing was kept under the id, and the draft must not be kept
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
    std::uint64_t first;  ///< the new `RoomRow::first`
    std::uint64_t bytes;  ///< the new `RoomRow::bytes`
    bool is_all;
  };
  SqlResult<Due> find_due(const RoomRow& row, const Retention& policy, std::int64_t now,
                          std::size_t most);
  SqlResult<bool> forget_some(std::int64_t before, std::size_t most);

  SyncedFile index_;  ///< the log's index; closed last: the database has locks on it
  Database database_;
  std::filesystem::path path_;
  Statements statements_;
  RowHasher hasher_;
  std::unordered_map<std::int64_t, chat::LogId> log_ids_;  // by the id of the room's row
  std::vector<std::int64_t> free_ids_;  // free ids of room rows; the last one is taken next
  std::uint64_t life_ = 0;
  std::int64_t row_for_good_ = 0;  ///< row id of the room that `is_for_good`; 0 until there is one
  // The position where `forget_ids` resumes.
  std::string after_author_;
  std::string after_id_;
};

}  // namespace palabre::store
