#include "client/cursor_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

#include "base/fail.h"
#include "client/environment.h"
#include "client/private_file.h"
#include "wire/clean.h"

namespace palabre::client {
namespace {

/// Whether `name` can stand in a line as one word.
bool is_word(const std::string& name) {
  return !name.empty() && name.size() <= CursorFile::kMostNameBytes &&
         name.find_first_of(" \t\n\v\f\r") == std::string::npos && wire::clean(name).text == name;
}

/// Retries for 200 ms: other processes hold the lock for a moment only, unless they are stopped.
bool lock(const PrivateFile& file) {
  constexpr int kTries = 20;
  for (int i = 0; ::flock(file.number(), LOCK_EX | LOCK_NB) != 0; ++i) {
    if (i >= kTries || (errno != EWOULDBLOCK && errno != EINTR)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace

Result<std::string> CursorFile::read_all() const {
  const PrivateFile file(file_, O_RDONLY);
  if (file.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return "";
    return cannot("{} cannot be read", file_, errno, kAdvice, EX_CONFIG);
  }
  auto all = file.read();
  if (!all) return fail(EX_CONFIG, "{}", all.error().sentence);
  return all;
}

Result<std::vector<CursorFile::Entry>> CursorFile::parse(const std::string& text) const {
  std::vector<Entry> entries;
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line);
    Entry entry;
    std::string pin;
    std::string more;
    words >> pin >> std::hex >> entry.cursor.log.value >> std::dec >> entry.cursor.number.value >>
        entry.room.text;
    const auto parsed = parse_pin(pin);
    if (!words || !parsed || !is_word(entry.room.text) || words >> more) {
      return fail(EX_CONFIG,
                  "Line {} of {} is unreadable, and your place in each room is not saved; remove "
                  "the file.",
                  number, file_.string());
    }
    entry.pin = *parsed;
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string CursorFile::as_text(const Entry& entry) {
  return fmt::format("{} {:016x} {} {}\n", to_text(entry.pin), entry.cursor.log.value,
                     entry.cursor.number.value, entry.room.text);
}

Result<std::map<chat::RoomName, chat::Cursor>> CursorFile::read(const Pin& server) const {
  TRY(const auto text, read_all());
  TRY(const auto entries, parse(text));
  std::map<chat::RoomName, chat::Cursor> cursors;
  for (const Entry& entry : entries) {
    if (entry.pin == server) cursors[entry.room] = entry.cursor;
  }
  return cursors;
}

Result<std::string> CursorFile::updated(const std::string& text, const Pin& server,
                                        const Cursors& cursors) const {
  TRY(auto entries, parse(text));
  std::map<chat::RoomName, chat::Cursor> fresh(cursors.begin(), cursors.end());
  std::erase_if(fresh, [](const auto& one) { return !is_word(one.first.text); });

  // The file is in order of use: the server used last is at the end, and so is its room used last.
  std::vector<std::pair<Pin, std::string>> others;
  std::vector<std::string> own;
  for (const Entry& entry : entries) {
    if (entry.pin == server) {
      if (!fresh.contains(entry.room)) own.push_back(as_text(entry));
      continue;
    }
    const auto known = std::find_if(others.begin(), others.end(),
                                    [&](const auto& other) { return other.first == entry.pin; });
    auto& lines = known == others.end() ? others.emplace_back(entry.pin, "") : *known;
    lines.second += as_text(entry);
  }
  for (const auto& [room, cursor] : fresh) own.push_back(as_text({server, room, cursor}));

  std::size_t bytes = 0;
  std::string all;
  for (auto line = own.rbegin(); line != own.rend(); ++line) {  // from the room used last
    if (bytes + line->size() > kMostBytesOfServer) break;
    bytes += line->size();
    all.insert(0, *line);
  }
  std::size_t servers = 1;
  for (auto other = others.rbegin(); other != others.rend(); ++other, ++servers) {
    const bool is_full =
        servers >= kMostServers || all.size() + other->second.size() > PrivateFile::kMostBytes;
    if (is_full) break;
    all.insert(0, other->second);
  }
  return all;
}

Result<void> CursorFile::write(const Pin& server, const Cursors& cursors) const {
  std::error_code failed;
  std::filesystem::create_directories(file_.parent_path(), failed);
  const std::filesystem::path beside = file_.string() + ".lock";
  const PrivateFile locked(beside, O_RDWR | O_CREAT);
  if (locked.number() < 0) return cannot("{} cannot be written", beside, errno, kAdvice);
  if (!lock(locked)) {
    return fail(EX_TEMPFAIL, "Another palabre has locked {}; it is written the next time.",
                file_.string());
  }
  TRY(const auto before, read_all());
  TRY(const auto text, updated(before, server, cursors));
  if (text == before) return {};
  const std::filesystem::path fresh = fmt::format("{}.{}", file_.string(), ::getpid());
  auto written = [&]() -> Result<void> {
    const PrivateFile file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.number() < 0) return cannot("{} cannot be written", fresh, errno, kAdvice);
    return file.append(text);
  }();
  if (written) {
    std::filesystem::rename(fresh, file_, failed);
    if (failed) written = cannot("{} cannot be written", file_, failed.value(), kAdvice);
  }
  if (!written) std::filesystem::remove(fresh, failed);
  return written;
}

std::optional<std::filesystem::path> usual_cursor_file() {
  if (const auto state = path_in_environment("XDG_STATE_HOME")) return *state + "/palabre/cursors";
  if (const auto home = home_folder()) return *home + "/.local/state/palabre/cursors";
  return std::nullopt;
}

}  // namespace palabre::client
