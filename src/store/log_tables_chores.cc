#include <algorithm>
#include <unordered_set>
#include <utility>

#include "store/log_tables.h"

// The removing part of LogTables. The rest is in log_tables.cc.

namespace palabre::store {

Result<void> LogTables::forget_rooms(std::vector<LogPtr>& logs) {
  const auto cannot = [&](const SqlError& error) {
    return fail(in_words(path_.string() + " cannot be written", error));
  };
  // A remembered id must be recognised for as long as `remember_ids` promises.
  std::unordered_set<std::int64_t> remembered;
  auto posted = database_.prepare("SELECT DISTINCT room FROM posted");
  if (!posted) return cannot(posted.error());
  while (true) {
    const auto more = posted->step();
    if (!more) return cannot(more.error());
    if (!*more) break;
    remembered.insert(posted->integer(0));
  }
  const auto is_needed = [&](const LogPtr& log) {
    const RoomRow& row = log->writer.row;
    return row.first != row.next || remembered.contains(row.id);
  };
  const auto gone = std::stable_partition(logs.begin(), logs.end(), is_needed);
  const std::vector<LogPtr> old(gone, logs.end());
  if (auto removed = remove_rooms(old); !removed) {
    database_.roll_back();
    // A full disk is no reason not to start: everything can be read.
    if (removed.error().fault == Fault::kFull) return {};
    return cannot(removed.error());
  }
  for (const LogPtr& log : old) log_ids_.erase(log->writer.row.id);
  logs.erase(gone, logs.end());
  return {};
}

SqlResult<void> LogTables::remove_rooms(const std::vector<LogPtr>& logs) {
  TRY(statements_.begin.run());
  for (const LogPtr& log : logs) {
    const std::int64_t id = log->writer.row.id;
    // There should be no messages; but another room will get this id.
    auto removed = statements_.remove_messages.bind(1, place_of(id, {0}))
                       .bind(2, place_of(id, {kMostNumber}))
                       .run();
    if (removed) removed = statements_.remove_room.bind(1, id).run();
    if (!removed) return removed;
  }
  return statements_.commit.run();
}

void LogTables::find_free_ids() {
  free_ids_.clear();
  for (std::int64_t id = kMostRooms; id > 0; --id) {
    if (!log_ids_.contains(id)) free_ids_.push_back(id);
  }
}

SqlResult<LogTables::Retained> LogTables::retain(Log& log, const Retention& policy,
                                                 std::int64_t now, std::size_t most) {
  if (is_for_good(log.name) || log.writer.row.first == log.writer.row.next) return Retained{};
  auto removed = remove_due(log, policy, now, most);
  if (!removed) database_.roll_back();
  return removed;
}

SqlResult<LogTables::Retained> LogTables::remove_due(Log& log, const Retention& policy,
                                                     std::int64_t now, std::size_t most) {
  RoomRow row = log.writer.row;
  TRY(const auto due, find_due(row, policy, now, most));
  Retained retained{due.is_all, static_cast<std::size_t>(due.first - row.first)};
  if (due.first == row.first) return retained;
  TRY(statements_.begin.run());
  TRY(statements_.remove_messages.bind(1, place_of(row.id, {row.first}))
          .bind(2, place_of(row.id, {due.first - 1}))
          .run());
  row.first = due.first;
  row.bytes = row.first == row.next ? 0 : due.bytes;
  TRY(store_room(row, false));
  TRY(statements_.commit.run());
  log.writer.row = std::move(row);
  return retained;
}

SqlResult<LogTables::Due> LogTables::find_due(const RoomRow& row, const Retention& policy,
                                              std::int64_t now, std::size_t most) {
  Due due{row.first, row.bytes, true};
  std::uint64_t bytes = row.bytes;
  std::size_t rows = 0;
  const auto is_due = [&](const MessageRow& message) {
    if (policy.count && row.next - message.number.value > *policy.count) return true;
    if (policy.bytes && bytes > *policy.bytes) return true;
    return policy.age && now - message.kept_at > std::chrono::microseconds(*policy.age).count();
  };
  Statement& oldest = statements_.oldest;
  oldest.bind(1, place_of(row.id, {row.first}))
      .bind(2, place_of(row.id, {row.next - 1}))
      .bind(3, static_cast<std::int64_t>(most));
  while (true) {
    TRY(const auto more, oldest.step());
    if (!more) break;
    ++rows;
    const ReadMessage message = read_message(oldest, row.log, hasher_);
    // A damaged row's time is not trusted: the row goes together with the next sound one.
    if (message.sound && !is_due(message.row)) {
      oldest.reset();
      return due;
    }
    bytes -= std::min<std::uint64_t>(bytes, message.row.author.size() + message.row.text.size());
    if (message.sound) due = {message.row.number.value + 1, bytes, true};
  }
  // If all rows were damaged, another pass would make no progress.
  due.is_all = rows < most || due.first == row.first;
  return due;
}

std::optional<ClockRow> LogTables::clock() {
  return read_clock(database_, hasher_).value_or(std::nullopt);
}

SqlResult<void> LogTables::note_clock(const ClockRow& row) {
  const Hash hash = hasher_.of(row);
  return statements_.note_clock.bind(1, row.seen)
      .bind(2, row.doubt)
      .bind_bytes(3, view_of(hash))
      .bind(4, row.latest)
      .run();
}

SqlResult<bool> LogTables::forget_ids(std::int64_t before, std::size_t most) {
  auto ended = forget_some(before, most);
  if (!ended) database_.roll_back();
  return ended;
}

SqlResult<bool> LogTables::forget_some(std::int64_t before, std::size_t most) {
  std::vector<std::pair<std::string, std::string>> old;
  std::size_t rows = 0;
  Statement& next = statements_.next_posted;
  const std::string author = std::move(after_author_);
  const std::string id = std::move(after_id_);
  after_author_.clear();
  after_id_.clear();
  next.bind(1, author).bind(2, id).bind(3, static_cast<std::int64_t>(most));
  while (true) {
    TRY(const auto more, next.step());
    if (!more) break;
    ++rows;
    const ReadPosted posted = read_posted(next);
    after_author_ = posted.row.author;
    after_id_ = posted.row.id;
    if (posted.row.kept_at >= before || posted.row.room == row_for_good_) continue;
    if (is_sound(posted)) old.emplace_back(after_author_, after_id_);
  }
  const bool ended = rows < most;
  if (ended) {
    after_author_.clear();
    after_id_.clear();
  }
  if (old.empty()) return ended;
  TRY(statements_.begin.run());
  for (const auto& [whose, which] : old) {
    TRY(statements_.remove_posted.bind(1, whose).bind(2, which).run());
  }
  TRY(statements_.commit.run());
  return ended;
}

}  // namespace palabre::store
