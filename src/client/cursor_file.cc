#include "client/cursor_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <system_error>

#include "client/environment.h"
#include "client/private_file.h"

namespace palabre::client {
namespace {

struct Entry {
  std::string pin;
  chat::RoomName room;
  chat::Cursor cursor;
};

std::vector<Entry> read_all(const std::filesystem::path& path) {
  std::vector<Entry> entries;
  const PrivateFile file(path, O_RDONLY | O_CLOEXEC);
  if (file.number() < 0) return entries;
  std::istringstream lines(file.read().value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Entry entry;
    words >> entry.pin >> std::hex >> entry.cursor.log.value >> std::dec >>
        entry.cursor.number.value >> entry.room.text;
    if (words && parse_pin(entry.pin)) entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::map<chat::RoomName, chat::Cursor> CursorFile::read(const Pin& server) const {
  std::map<chat::RoomName, chat::Cursor> cursors;
  const std::string pin = to_text(server);
  for (const Entry& entry : read_all(file_)) {
    if (entry.pin == pin) cursors[entry.room] = entry.cursor;
  }
  return cursors;
}

Result<void> CursorFile::write(const Pin& server, const Cursors& cursors) const {
  const std::string pin = to_text(server);
  std::vector<Entry> entries = read_all(file_);
  for (const auto& [room, cursor] : cursors) {
    std::erase_if(entries, [&, &name = room](const Entry& entry) {
      return entry.pin == pin && entry.room == name;
    });
    entries.push_back({pin, room, cursor});
  }
  if (entries.size() > kMost) {
    entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(kMost));
  }
  std::string text;
  for (const Entry& entry : entries) {
    text += fmt::format("{} {:016x} {} {}\n", entry.pin, entry.cursor.log.value,
                        entry.cursor.number.value, entry.room.text);
  }
  std::error_code failed;
  std::filesystem::create_directories(file_.parent_path(), failed);
  const std::filesystem::path fresh = fmt::format("{}.{}", file_.string(), ::getpid());
  {
    const PrivateFile file(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (file.number() < 0) return cannot("{} cannot be written", fresh, errno, kAdvice);
    TRY(file.append(text));
  }
  std::filesystem::rename(fresh, file_, failed);
  if (failed) return cannot("{} cannot be written", file_, failed.value(), kAdvice);
  return {};
}

std::optional<std::filesystem::path> usual_cursor_file() {
  if (const auto state = path_in_environment("XDG_STATE_HOME")) return *state + "/palabre/cursors";
  if (const auto home = home_folder()) return *home + "/.local/state/palabre/cursors";
  return std::nullopt;
}

}  // namespace palabre::client
