#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/pin.h"
#include "base/result.h"
#include "chat/ids.h"
#include "chat/names.h"

namespace palabre::client {

/// A reader's cursors, from one run to the next: a file of lines `PIN LOG NUMBER ROOM`. Each write
/// replaces the whole file, under the lock file `cursors.lock` beside it, so that several processes
/// do not lose each other's cursors. The file is a convenience: a reader without a cursor is shown
/// the last messages.
///
/// A file that cannot be read, has an unreadable line, or is longer than `PrivateFile::kMostBytes`
/// is an error (EX_CONFIG), and is not changed.
class CursorFile {
 public:
  /// Per server; beyond it the least recently used rooms are evicted. So a server with many rooms
  /// does not evict the cursors of another.
  static constexpr std::size_t kMostBytesOfServer = std::size_t{16} << 10;
  /// Beyond it the least recently used servers are evicted.
  static constexpr std::size_t kMostServers = 60;
  static constexpr std::size_t kMostNameBytes = 256;  ///< of a room; longer ones are not written
  using Cursors = std::vector<std::pair<chat::RoomName, chat::Cursor>>;

  explicit CursorFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// The cursors of one server's rooms. Empty if there is no file.
  Result<std::map<chat::RoomName, chat::Cursor>> read(const Pin& server) const;
  /// Replaces the cursors of these rooms and keeps those of the server's other rooms. Waits up to
  /// 200 ms for another process's lock, then fails with EX_TEMPFAIL.
  Result<void> write(const Pin& server, const Cursors& cursors) const;

  /// The new contents of a file that contains `text`, as `write` writes them. Touches no file.
  Result<std::string> updated(const std::string& text, const Pin& server,
                              const Cursors& cursors) const;

 private:
  struct Entry {
    Pin pin;
    chat::RoomName room;
    chat::Cursor cursor;
  };
  Result<std::string> read_all() const;
  Result<std::vector<Entry>> parse(const std::string& text) const;
  static std::string as_text(const Entry& entry);

  std::filesystem::path file_;
};

/// `$XDG_STATE_HOME/palabre/cursors`, else under `~/.local/state`. Nothing if the user has no home.
std::optional<std::filesystem::path> usual_cursor_file();

}  // namespace palabre::client
