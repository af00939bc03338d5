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

/// A store to look at, whether a server runs on it or not. Writes nothing to it. One thread at a
/// time; every call waits for the disk.
class LogFile {
 public:
  /// Refuses what a server would refuse, but a room's counters; and what may not be read.
  static Result<LogFile> open(const std::filesystem::path& path, const std::string& vfs = {});

  struct Room {
    chat::RoomName name;
    chat::LogId log;
    chat::Number first;  ///< the oldest that is kept; beyond `last` where none is
    chat::Number last;
    std::int64_t row = 0;
  };
  /// By name. An error where one is damaged.
  Result<std::vector<Room>> rooms();
  /// As it is now; nothing where there is no such room. An error where it is damaged.
  Result<std::optional<Room>> find(const chat::RoomName& name);

  struct Dated {
    chat::Number number;
    std::int64_t kept_at = 0;  ///< microseconds since 1970, as the wall clock had it then
    chat::MessagePtr message;
  };
  struct Part {
    chat::Number up_to;
    std::vector<std::variant<Dated, chat::Missing>> entries;
  };

  /// False: the file was removed or replaced meanwhile, and nothing more comes of it.
  bool is_in_place() const { return file_id(path_) == file_; }

  /// On from `after`, some thousands at a time. Requires that `after` is before `room.last`.
  Part read(const Room& room, chat::Number after);

  /// The number before the first message that was kept at `kept_at` or later; `room.last` where
  /// there is none. Looks at all of the room.
  Result<chat::Number> before(const Room& room, std::int64_t kept_at);

  /// Makes a file, of mode 0600, of all that is committed now, and syncs it. It has its name when
  /// it is whole: until then as an `UnfinishedCopy`.
  /// Refuses to write over anything else. Whoever starts a server on it gives the logs other ids,
  /// since the original may have given further numbers.
  Result<void> backup(const std::filesystem::path& to);

  /// Looks at every page and every row. Of a live store the write-ahead log grows meanwhile.
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
