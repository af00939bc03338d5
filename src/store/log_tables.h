#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "chat/history.h"
#include "chat/refused_epochs.h"
#include "store/admission.h"
#include "store/authors_ids.h"
#include "store/database.h"
#include "store/files.h"
#include "store/holes.h"
#include "store/log.h"
#include "store/places.h"
#include "store/retention.h"
#include "store/rows.h"
#include "store/shares.h"

namespace palabre::store {

/// The trouble that chat/ knows for an error of SQLite.
chat::Trouble trouble_of(const SqlError& error);

/// The error for a row that its hash does not match.
SqlError damaged(std::string text);

/// All writes to a store, over its only writing connection. No thread, queue or clock of its own.
/// One thread at a time.
///
/// **Removal.** A draft that removes one message does so in its own transaction. One that removes
/// all of an author or of a room (`Removal::By`, `Removal::All`) leaves a row in the table
/// `removal` in its transaction, and the messages go afterwards, in slices (`remove_some`), also
/// after a restart: so either the decision is not there, or everything goes. Readers of the file
/// honour the row from its commit on. The message's row stays, as a tombstone without author and
/// text. SQLite overwrites freed bytes with zeros (`secure_delete`), `CleanPages` what it leaves in
/// pages, and the write-ahead log is emptied soon after (`is_wal_to_go`).
class LogTables {
 public:
  /// Requires that `database` has the tables of this version.
  static SqlResult<LogTables> over(Database database, std::filesystem::path path,
                                   const Retention& policy, std::set<chat::RoomName> reserved);

  /// The heads of all rooms, each verified by its hash and its last message: a damaged counter
  /// would give numbers twice. Call once, before anything else. `new_life` (not 0) is given to a
  /// new or restored store. With `many_rooms` or more, forgets the rooms of which nothing is left:
  /// a room of the same name then starts a new log. Reads no table whose size authors decide, but
  /// for the messages that a crash has left uncounted, see `Shares`.
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
    /// Returned when they have no answer: drafts in doubt or lost, rooms that are still to go.
    std::vector<Posted> group;
    chat::Trouble trouble = chat::Trouble::kDiskFailing;
    SqlError error;
  };
  /// Numbers and stores a group in one synced transaction. A draft for which there is no place
  /// (`Admission`) is refused alone.
  Outcome keep(std::vector<Posted> group, const Moment& moment);

  /// Commits another transaction, so that a group in doubt cannot reappear.
  SqlResult<void> fence();

  struct Retained {
    bool is_done = true;  ///< nothing more of this room has expired
    std::size_t rows = 0;
  };
  /// Removes the oldest messages of a room that have expired at `moment.now`, `most` at most; none
  /// of a room that `is_for_good`. By age, and where the room is over its limits also those older
  /// than the floor.
  SqlResult<Retained> retain(Log& log, const Moment& moment, std::size_t most);
  /// Like `retain`, but never by age; and where nothing older than the floor is left, the oldest
  /// messages of the owner or network with the largest share.
  SqlResult<Retained> make_place(Log& log, const Moment& moment, std::size_t most);
  /// Whether the room is over its count or its bytes.
  bool is_over(const Log& log) const;

  /// Bytes of the whole store, an estimate: see `kMessageCost`.
  std::uint64_t used() const { return used_; }
  bool is_over_total() const { return excess(used_, policy_.total) > 0; }
  /// Removes messages while the store is over its total: those older than the floor from the
  /// largest room that has any, else the oldest of the owner or network with the largest share.
  SqlResult<Retained> make_place_in_all(const Moment& moment, std::size_t most);

  /// Forgets the ids of messages kept before `before`, except those of the room that `is_for_good`,
  /// and all but about the newest `most_of_author` of each author. Examines `most` rows, from where
  /// the last call ended. True: the end of the table is reached, and the next call starts at its
  /// beginning.
  SqlResult<bool> forget_ids(std::int64_t before, std::size_t most, std::size_t most_of_author);
  std::uint64_t ids() const { return ids_; }

  /// Whether a removal is decided and not complete.
  bool is_removing() const { return !removals_.empty(); }
  /// Carries out a part of the oldest removal: examines about `most` messages.
  SqlResult<std::vector<chat::Removed>> remove_some(std::size_t most);
  /// Texts that were removed may still be in the write-ahead log: it is to be emptied (`settle`).
  bool is_wal_to_go() const { return is_wal_to_go_; }

  /// Counts in `share` all messages that were kept; if `only_many`, only when they are many.
  SqlResult<void> count(bool only_many);

  /// Whether nothing is left of the room but its row, so that its place may be given to another.
  static bool is_vacant(const Log& log);

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
    Statement bury_message;
    Statement remove_room;
    Statement next_posted;
    Statement remove_posted;
    Statement insert_removal;
    Statement move_removal;
    Statement end_removal;
    Statement fence;
    Statement note_clock;
  };
  static SqlResult<Statements> prepare(Database& database);
  LogTables(Database database, Statements statements, Shares shares, Holes holes,
            std::filesystem::path path, const Retention& policy, std::set<chat::RoomName> reserved);

  // Keeping: log_tables.cc.

  /// The answer to a draft, without the draft: that is needed whole if the transaction fails.
  struct Decided {
    std::optional<chat::Trouble> refused;
    chat::Number number = {};
    bool is_repeated = false;
    std::int64_t kept_at = 0;
    std::vector<chat::Removed> removed = {};
  };

  /// The changes of a group while its transaction is open.
  struct Staged {
    const Moment& moment;
    Admission admission;
    std::unordered_map<Log*, RoomRow> rooms = {};
    std::unordered_map<Log*, LogPtr> new_logs = {};
    Places::Taken places = {};
    std::vector<Decided> decided = {};  ///< of each draft of the group, in its order
    chat::RefusedEpochs refused_epochs = {};
    struct Counted {
      Log* log;
      Source by;
      std::uint64_t bytes;
      bool is_lighter;
    };
    std::vector<Counted> counted = {};
    std::vector<RemovalRow> removals = {};
    std::vector<LogPtr> vacated = {};
    bool has_removed = false;
  };
  SqlResult<void> keep_all(const std::vector<Posted>& group, Staged& staged);
  SqlResult<Decided> decide(const LogPtr& log, const chat::Draft& draft, Staged& staged);
  static std::vector<Answered> answers_to(std::vector<Posted> group, std::vector<Decided> decided);
  /// The row as the transaction will leave it. Its id is beyond `kMostRooms` if the store has no
  /// place for another room.
  RoomRow& row_of(Log& log, Staged& staged);
  SqlResult<void> write_message(Log& log, const chat::Draft& draft, const Source& by, RoomRow& row,
                                Staged& staged);
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
  SqlResult<Claim> claim_id(const chat::Draft& draft, std::int64_t kept_at, RoomRow& row,
                            bool is_barred);
  SqlResult<Claim> find_first(const chat::Draft& draft, bool is_barred);
  bool is_sound(const ReadPosted& posted);
  SqlResult<void> write_rooms(const Staged& staged);
  SqlResult<void> store_room(const RoomRow& row, bool is_new);
  void adopt(Staged& staged);
  /// The room's row is now this, on the disk too.
  void set_row(Log& log, RoomRow row);
  Outcome give_up(std::vector<Posted> group, SqlError error, bool at_commit);

  // Loading: log_tables_load.cc.

  SqlResult<void> begin_life(std::uint64_t new_life);
  Result<void> forget_rooms(std::vector<LogPtr>& logs);
  SqlResult<void> remove_room(std::int64_t id);
  Result<LogPtr> take_room(const ReadRoom& room, Statement& last);
  SqlResult<void> count_uncounted(const Log& log);
  SqlResult<void> load_removals();

  // Transactions other than a group's: log_tables_chores.cc.

  /// Runs `write` and commits it; rolls back if either fails.
  SqlResult<void> in_transaction(const std::function<SqlResult<void>()>& write);
  /// Counts all messages of the room in `share`. The same transaction stores the row, and
  /// `Shares::stored` follows the commit.
  SqlResult<void> count_all(RoomRow& row);
  /// Calls `set_row` for each row, of which all have logs.
  void adopt_rows(std::vector<RoomRow> rows);

  // Retention: log_tables_chores.cc.

  /// Messages that go together.
  struct Cut {
    std::vector<Run> runs;
    std::uint64_t bytes = 0;
    Shares::Parts parts;
    bool is_all = true;  ///< nothing more is due

    void add(const MessageRow& message);
    void add(std::uint64_t number, std::uint64_t text_bytes);
  };
  /// How much must be removed to be within the limits again.
  struct Need {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t beside = 0;  ///< bytes that a message frees beside its text
    bool is_met() const { return messages == 0 && bytes == 0; }
    void take(const MessageRow& message);
  };
  Need need_of(const Log& log) const;
  SqlResult<Cut> find_due(const RoomRow& row, Need need, const Moment& moment, bool by_age,
                          std::size_t most);
  SqlResult<Cut> find_of(Log& log, const Who& who, Need need, std::size_t most);
  SqlResult<Retained> cut_out(Log& log, const Cut& cut);
  SqlResult<void> write_cut(RoomRow& row, const Cut& cut);
  SqlResult<Retained> remove_oldest(Log& log, Need need, const Moment& moment, bool by_age,
                                    std::size_t most);
  SqlResult<Retained> remove_heaviest(Log& log, const Who& who, Need need, std::size_t most);
  SqlResult<void> look_for_oldest(Log& log);
  SqlResult<void> forget_these(const std::vector<std::pair<std::string, std::string>>& ids,
                               const std::map<std::int64_t, std::uint64_t>& by_room);

  // Removal: log_tables_removal.cc.

  SqlResult<std::vector<chat::Removed>> decide_removal(const chat::Removal& removal,
                                                       Staged& staged);
  SqlResult<std::vector<chat::Removed>> remove_one(const chat::Removal::One& one, Staged& staged);
  SqlResult<void> begin_removal(RemovalRow row, Staged& staged);
  SqlResult<void> bury(const RoomRow& row, const MessageRow& message);
  struct Found;
  LogPtr next_of(const Found& found) const;
  SqlResult<void> find_in_room(const LogPtr& log, std::size_t most, Found& found);
  SqlResult<void> bury_found(const Found& found, std::vector<RoomRow>& rows);
  SqlResult<void> vacate(const LogPtr& log, Staged& staged);
  void give_place_back(Log& log);

  SyncedFile index_;  ///< the log's index; closed last: the database has locks on it
  Database database_;
  std::filesystem::path path_;
  Statements statements_;
  Shares shares_;
  Holes holes_;
  RowHasher hasher_;
  const Retention policy_;
  Places places_;
  std::map<std::int64_t, LogPtr> logs_;                    // by the id of the room's row
  std::unordered_map<std::string, LogPtr> names_;          // the same by name
  std::unordered_map<std::int64_t, chat::LogId> log_ids_;  // the same, of an open transaction too
  std::uint64_t life_ = 0;
  std::int64_t row_for_good_ = 0;  ///< row id of the room that `is_for_good`; 0 until there is one
  std::uint64_t used_ = 0;
  std::uint64_t ids_ = 0;
  std::vector<RemovalRow> removals_;  ///< the oldest first
  bool is_wal_to_go_ = false;
  // The position where `forget_ids` resumes, and the newest ids of the author there.
  std::string after_author_;
  std::string after_id_;
  AuthorsIds ids_of_author_;
};

}  // namespace palabre::store
