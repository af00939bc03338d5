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

/// Up to where somebody has read, from one day to the next: a file of lines `PIN LOG NUMBER ROOM`,
/// rewritten as a whole, under a lock beside it (`cursors.lock`), so that several palabres lose
/// nothing of each other's. It is a convenience: a reader whose cursor is lost is shown the last
/// messages.
///
/// A file that cannot be read, one line of which cannot be, or that is longer than
/// `PrivateFile::kMostBytes`, is an error (EX_CONFIG), and is left alone.
class CursorFile {
 public:
  /// Of one server: those of the rooms used last. So no server has another one's thrown away.
  static constexpr std::size_t kMostBytesOfServer = std::size_t{16} << 10;
  /// Servers: those where somebody was last.
  static constexpr std::size_t kMostServers = 60;
  static constexpr std::size_t kMostNameBytes = 256;  ///< of a room; no other is written
  using Cursors = std::vector<std::pair<chat::RoomName, chat::Cursor>>;

  explicit CursorFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// Of the rooms of one server. None where there is no file.
  Result<std::map<chat::RoomName, chat::Cursor>> read(const Pin& server) const;
  /// In the place of what is known of these rooms; of the others what is there stays. Waits for
  /// another palabre for a moment; EX_TEMPFAIL where it takes longer.
  Result<void> write(const Pin& server, const Cursors& cursors) const;

  /// The text that `write` puts in the place of this one. Touches no file.
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

/// `$XDG_STATE_HOME/palabre/cursors`, else under `~/.local/state`. Nothing where there is no home.
std::optional<std::filesystem::path> usual_cursor_file();

}  // namespace palabre::client
