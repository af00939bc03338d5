#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace palabre::store {

/// What SQLite reports, by what follows from it.
enum class Fault {
  kFull,     ///< no space; nothing of the transaction can have got into the log
  kSync,     ///< what was written may or may not be on the disk; never to be tried again
  kDamaged,  ///< the bytes of the file are not what SQLite wrote
  kForeign,  ///< no database of SQLite's
  kBusy,     ///< another connection holds a lock for too long
  kOther,    ///< the disk or the system failed in another way
};

struct SqlError {
  Fault fault = Fault::kOther;
  int code = 0;      ///< SQLite's extended code
  std::string text;  ///< SQLite's words, and what it was about
};

template <typename T>
using SqlResult = Result<T, SqlError>;

/// For a person. `what` begins the sentence: "FILE cannot be written".
Error in_words(const std::string& what, const SqlError& error);

/// A prepared statement. Belongs to its connection, must not outlive it, and is used on one thread
/// at a time. Columns are numbered from 0, parameters from 1.
class Statement {
 public:
  /// Not usable: to be assigned to.
  Statement() = default;

  /// Texts are not copied: they have to stay until the last `step`. What cannot be bound is
  /// reported by `step`.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::uint64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_bytes(int index, std::string_view bytes);

  /// Whether there is a (further) row. Reset by itself where there is none.
  SqlResult<bool> step();
  /// Runs it to its end, whatever rows it gives.
  SqlResult<void> run();
  /// Lets go of its row and of what it locks; parameters stay.
  void reset();

  /// Of the current row, until the next `step` or `reset`. Of another type than asked for:
  /// converted as SQLite does; a NULL is 0 or empty.
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

/// A connection to a file of SQLite's. One thread at a time; movable. It never checkpoints by
/// itself, neither after a commit nor when it is closed.
class Database {
 public:
  enum class Mode { kRead, kWrite };

  /// The file has to exist. `vfs`: empty for the system's own.
  static SqlResult<Database> open(const std::filesystem::path& path, Mode mode,
                                  const std::string& vfs);

  SqlResult<Statement> prepare(const char* sql);
  /// Runs statements that give no rows, or whose rows do not matter.
  SqlResult<void> run(const char* sql);
  /// The first column of the first row; 0 where there is none.
  SqlResult<std::int64_t> ask(const char* sql);

  /// Rows that the last INSERT, UPDATE or DELETE has touched.
  std::int64_t changes() const;
  /// Ends the transaction that is open, if any; nothing of it stays.
  void roll_back();

  enum class Checkpoint { kPassive, kTruncate };
  struct Checkpointed {
    bool complete = false;  ///< all of the write-ahead log is in the file, and synced
  };
  /// Waits for nobody: readers that keep it from completing are no error.
  SqlResult<Checkpointed> checkpoint(Checkpoint how);
  /// Frames in the write-ahead log at the last commit of this connection.
  int wal_frames() const { return *wal_frames_; }
  void wal_is_empty() { *wal_frames_ = 0; }
  /// The last connection to close then checkpoints, and removes the write-ahead log.
  void checkpoint_on_close();

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit Database(sqlite3* connection);
  SqlError error(std::string_view about) const;

  std::unique_ptr<int> wal_frames_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace palabre::store
