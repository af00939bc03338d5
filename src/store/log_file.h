#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "chat/history.h"
#include "store/check.h"
#include "store/files.h"
#include "store/log_reader.h"

namespace palabre::store {

/// A store opened for reading, whether a server runs on it or not. Writes nothing to it. One thread
/// at a time; every call blocks on the disk.
class LogFile {
 public:
  /// Refuses what a server would refuse, except damaged counters of a room; also an unreadable
  /// file.
  static Result<LogFile> open(const std::filesystem::path& path, const std::string& vfs = {});

  struct Room {
    chat::RoomName name;
    chat::LogId log;
    chat::Number first;  ///< the oldest kept message; `last` + 1 if none is kept
    chat::Number last;
    std::int64_t row = 0;
  };
  /// Sorted by name. An error if a row is damaged.
  Result<std::vector<Room>> rooms();
  /// The room as it is now; empty if there is none. An error if its row is damaged.
  Result<std::optional<Room>> find(const chat::RoomName& name);

  struct Dated {
    chat::Number number;
    std::int64_t kept_at = 0;  ///< microseconds since 1970, by the wall clock of that time
    chat::MessagePtr message;
  };
  struct Part {
    chat::Number up_to;
    std::vector<std::variant<Dated, chat::Missing>> entries;
  };

  /// False: the file was removed or replaced meanwhile; no new messages will appear in it.
  bool is_in_place() const { return file_id(path_) == file_; }

  /// The next entries after `after`, up to 4,096 of them. Requires that `after` is before
  /// `room.last`.
  Part read(const Room& room, chat::Number after);

  /// The number before the first message kept at `kept_at` or later; `room.last` if there is none.
  /// Scans the whole room.
  Result<chat::Number> before(const Room& room, std::int64_t kept_at);

  /// Writes all that is committed now into a new file of mode 0600, and syncs it. The file gets its
  /// name when it is complete; until then it is an `UnfinishedCopy`. Refuses to overwrite anything.
  /// A server that starts on the copy gives its logs other ids, since the original may have given
  /// further numbers.
  Result<void> backup(const std::filesystem::path& to);

  /// Checks every page and every row. On a live store the write-ahead log grows meanwhile.
  CheckReport check();

 private:
  LogFile(std::filesystem::path path, std::string vfs, std::optional<FileId> file,
          LogReader reader);
  Result<void> write_copy(const std::filesystem::path& to);
  Result<Room> room_of(ReadRoom room, std::uint64_t life) const;

  std::filesystem::path path_;
  std::string vfs_;
  std::optional<FileId> file_;
  LogReader reader_;
};

}  // namespace palabre::store
