#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/clean_pages.h"

struct sqlite3;
struct sqlite3_stmt;

namespace palabre::store {

/// SQLite's errors, classified by their consequence.
enum class Fault {
  kFull,     ///< no space; nothing of the transaction can be in the log
  kSync,     ///< the data may or may not be on the disk; never retry the sync
  kDamaged,  ///< the bytes of the file are not what SQLite wrote
  kForeign,  ///< not an SQLite database
  kBusy,     ///< another connection held a lock for too long
  kOther,    ///< the disk or the system failed in another way
};

struct SqlError {
  Fault fault = Fault::kOther;
  int code = 0;      ///< SQLite's extended code
  std::string text;  ///< SQLite's message, its code, and the statement
};

template <typename T>
using SqlResult = Result<T, SqlError>;

/// For a code that a VFS has returned. `about`: the call.
SqlError error_of_vfs(int code, std::string_view about);

/// An error sentence for an operator. `what` begins the sentence: "FILE cannot be written".
Error in_words(const std::string& what, const SqlError& error);

/// A prepared statement. Belongs to its connection and must not outlive it; used on one thread at a
/// time. Columns are numbered from 0, parameters from 1.
class Statement {
 public:
  /// Not usable until it is assigned to.
  Statement() = default;

  /// Texts are not copied: they must stay valid until the last `step`. An error of a bind is
  /// reported by the next `step`.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::uint64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_bytes(int index, std::string_view bytes);

  /// True: there is a row. False: no further row, and the statement has been reset.
  SqlResult<bool> step();
  /// Steps to the end; rows are ignored.
  SqlResult<void> run();
  /// Releases the current row and its locks; parameters stay bound.
  void reset();

  /// A column of the current row; views are valid until the next `step` or `reset`. A value of
  /// another type is converted as SQLite does; a NULL is 0 or empty.
  std::int64_t integer(int column) const;
  std::uint64_t number(int column) const;
  std::string_view text(int column) const;
  std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_error_ = 0;
};

/// A connection to an SQLite file. One thread at a time; movable. Leaves no rests of removed rows:
/// SQLite writes zeros over freed bytes and pages, and `CleanPages` over copies of rows. Never
/// checkpoints on its own, neither after a commit nor on close.
class Database {
 public:
  enum class Mode { kRead, kWrite };

  /// Requires that the file exists. `vfs`: empty for the system's own.
  static SqlResult<Database> open(const std::filesystem::path& path, Mode mode,
                                  const std::string& vfs);

  SqlResult<Statement> prepare(const char* sql);
  /// Runs statements whose rows, if any, are ignored.
  SqlResult<void> run(const char* sql);
  /// The first column of the first row; 0 if there is no row.
  SqlResult<std::int64_t> query_number(const char* sql);

  /// Rows touched by the last INSERT, UPDATE or DELETE.
  std::int64_t changes() const;
  /// Rolls the open transaction back, if there is one.
  void roll_back();

  enum class Checkpoint { kPassive, kTruncate };
  struct Checkpointed {
    bool complete = false;  ///< the whole write-ahead log has been copied into the file and synced
    bool unhindered = false;  ///< no reader was in the way, so a truncation has taken place
  };
  /// Does not block: readers that keep a checkpoint from completing are no error.
  SqlResult<Checkpointed> checkpoint(Checkpoint how);
  /// Frames in the write-ahead log after the last commit of this connection.
  int wal_frames() const { return *wal_frames_; }
  void wal_is_empty() { *wal_frames_ = 0; }
  /// Drops the cached pages: as they are in memory, they may have rests of removed texts, which
  /// would come back into the write-ahead log with their next change.
  void forget_pages();
  /// This connection, if it is the last to close, then checkpoints and removes the write-ahead log.
  void checkpoint_on_close();

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit Database(sqlite3* connection);
  SqlError error(std::string_view about) const;

  std::unique_ptr<int> wal_frames_;
  std::unique_ptr<CleanPages> clean_pages_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace palabre::store
