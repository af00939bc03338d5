#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/pin.h"
#include "base/result.h"
#include "chat/ids.h"
#include "chat/names.h"

namespace palabre::client {

/// Up to where somebody has read, from one day to the next: a file of lines `PIN LOG NUMBER ROOM`,
/// rewritten as a whole. Lines that make no sense are dropped: it is a convenience, and a reader
/// whose cursor is lost is shown the last messages. The rooms used last are kept, `kMost` of them.
class CursorFile {
 public:
  static constexpr std::size_t kMost = 1000;
  using Cursors = std::vector<std::pair<chat::RoomName, chat::Cursor>>;

  explicit CursorFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// Of the rooms of one server. None where there is no file.
  std::map<chat::RoomName, chat::Cursor> read(const Pin& server) const;
  /// In the place of what is known of these rooms; of the others what is there stays.
  Result<void> write(const Pin& server, const Cursors& cursors) const;

 private:
  std::filesystem::path file_;
};

/// `$XDG_STATE_HOME/palabre/cursors`, else under `~/.local/state`. Nothing where there is no home.
std::optional<std::filesystem::path> usual_cursor_file();

}  // namespace palabre::client
