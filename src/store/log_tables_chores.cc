#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "store/log_tables.h"

// The removing part of LogTables. The rest is in log_tables.cc.

namespace palabre::store {
namespace {

constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();
/// Rows of others that are passed over for each one that may go.
constexpr std::size_t kPassedOver = 16;
/// Places remembered in `Log::OfWriter::searched`.
constexpr std::size_t kMostSearched = 256;

}  // namespace

void LogTables::Cut::add(std::uint64_t number, std::uint64_t text_bytes) {
  if (!runs.empty() && runs.back().last + 1 == number) {
    runs.back().last = number;
  } else {
    runs.push_back({number, number});
  }
  bytes += text_bytes;
}

void LogTables::Cut::add(const MessageRow& message) {
  add(message.number.value, message.bytes());
  parts.add(message.by, {static_cast<std::int64_t>(message.bytes()), 1});
}

void LogTables::Need::take(const MessageRow& message) {
  messages -= std::min<std::uint64_t>(messages, 1);
  bytes -= std::min(bytes, message.bytes() + beside);
}

SqlResult<void> LogTables::in_transaction(const std::function<SqlResult<void>()>& write) {
  auto done = statements_.begin.run();
  if (done) done = write();
  if (done) done = statements_.commit.run();
  if (!done) database_.roll_back();
  return done;
}

SqlResult<void> LogTables::count_all(RoomRow& row) {
  TRY(shares_.store(row.id));
  row.counted = row.next - 1;
  return {};
}

void LogTables::adopt_rows(std::vector<RoomRow> rows) {
  for (RoomRow& row : rows) {
    Log& changed = *logs_.at(row.id);
    set_row(changed, std::move(row));
  }
}

bool LogTables::is_over(const Log& log) const {
  return !is_for_good(log.name) && !need_of(log).is_met();
}

LogTables::Need LogTables::need_of(const Log& log) const {
  const RoomRow& row = log.writer.row;
  return {excess(row.messages(), policy_.count), excess(row.bytes, policy_.bytes)};
}

SqlResult<LogTables::Retained> LogTables::retain(Log& log, const Moment& moment, std::size_t most) {
  if (is_for_good(log.name) || log.writer.row.messages() == 0) return Retained{};
  return remove_oldest(log, need_of(log), moment, true, most);
}

SqlResult<LogTables::Retained> LogTables::make_place(Log& log, const Moment& moment,
                                                     std::size_t most) {
  if (!is_over(log)) return Retained{};
  const Need need = need_of(log);
  TRY(auto old, remove_oldest(log, need, moment, false, most));
  if (old.rows > 0) {
    old.is_done = !is_over(log);
    return old;
  }
  const auto by = need.bytes > 0 ? Shares::Measure::kBytes : Shares::Measure::kMessages;
  TRY(const auto heaviest, shares_.heaviest(log.writer.row.id, by));
  if (!heaviest) return Retained{};
  return remove_heaviest(log, heaviest->who, need, most);
}

SqlResult<LogTables::Retained> LogTables::make_place_in_all(const Moment& moment,
                                                            std::size_t most) {
  if (!is_over_total()) return Retained{};
  const Need need{0, excess(used_, policy_.total), kMessageCost};
  Log* largest = nullptr;
  for (const auto& [id, log] : logs_) {
    if (!has_old(*log, moment.old_before)) continue;
    if (largest == nullptr || log->writer.row.bytes > largest->writer.row.bytes) {
      largest = log.get();
    }
  }
  if (largest != nullptr) {
    TRY(const auto old, remove_oldest(*largest, need, moment, false, most));
    if (old.rows > 0) return Retained{!is_over_total(), old.rows};
  }
  TRY(const auto heaviest, shares_.heaviest(0, Shares::Measure::kBytes));
  if (!heaviest) return Retained{};
  TRY(count(false));
  TRY(const auto room, shares_.largest_room_of(heaviest->who));
  const auto log = room ? logs_.find(*room) : logs_.end();
  if (log == logs_.end()) return Retained{};
  TRY(const auto removed, remove_heaviest(*log->second, heaviest->who, need, most));
  return Retained{!is_over_total() || removed.rows == 0, removed.rows};
}

SqlResult<LogTables::Retained> LogTables::remove_oldest(Log& log, Need need, const Moment& moment,
                                                        bool by_age, std::size_t most) {
  TRY(const auto cut, find_due(log.writer.row, need, moment, by_age, most));
  return cut_out(log, cut);
}

SqlResult<LogTables::Retained> LogTables::remove_heaviest(Log& log, const Who& who, Need need,
                                                          std::size_t most) {
  TRY(const auto cut, find_of(log, who, need, most));
  TRY(auto removed, cut_out(log, cut));
  removed.is_done = cut.is_all && cut.runs.empty();
  if (!removed.is_done) return removed;
  // The share says that there is more, but damage has taken it: the next is the heaviest then.
  log.writer.searched.erase(who);
  TRY(shares_.forget(who, log.writer.row.id));
  return removed;
}

SqlResult<LogTables::Cut> LogTables::find_due(const RoomRow& row, Need need, const Moment& moment,
                                              bool by_age, std::size_t most) {
  const auto is_due = [&](const MessageRow& message) {
    if (!need.is_met() && message.kept_at < moment.old_before) return true;
    return by_age && policy_.age &&
           moment.now - message.kept_at > std::chrono::microseconds(*policy_.age).count();
  };
  Cut cut;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> damaged_rows;  // their numbers and bytes
  std::size_t rows = 0;
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
    if (!message.sound) {
      damaged_rows.emplace_back(message.row.number.value, message.row.bytes());
      continue;
    }
    if (!is_due(message.row)) {
      oldest.reset();
      return cut;
    }
    for (const auto& [number, bytes] : std::exchange(damaged_rows, {})) cut.add(number, bytes);
    cut.add(message.row);
    need.take(message.row);
  }
  // If all rows were damaged, another pass would make no progress.
  cut.is_all = rows < most || cut.runs.empty();
  return cut;
}

SqlResult<LogTables::Cut> LogTables::find_of(Log& log, const Who& who, Need need,
                                             std::size_t most) {
  const RoomRow& row = log.writer.row;
  auto& searched = log.writer.searched;
  if (searched.size() > kMostSearched) searched.clear();
  std::uint64_t& from = searched.try_emplace(who, row.first).first->second;
  from = std::max(from, row.first);
  const std::size_t most_rows = most * kPassedOver;
  Cut cut;
  std::size_t rows = 0;
  std::size_t found = 0;
  Statement& oldest = statements_.oldest;
  oldest.bind(1, place_of(row.id, {from}))
      .bind(2, place_of(row.id, {row.next - 1}))
      .bind(3, static_cast<std::int64_t>(most_rows));
  while (!need.is_met() && found < most) {
    TRY(const auto more, oldest.step());
    if (!more) break;
    ++rows;
    const ReadMessage message = read_message(oldest, row.log, hasher_);
    from = message.row.number.value + 1;
    if (!message.sound || !who.has(message.row.by)) continue;
    ++found;
    need.take(message.row);
    cut.add(message.row);
  }
  oldest.reset();
  cut.is_all = rows < most_rows;
  return cut;
}

SqlResult<LogTables::Retained> LogTables::cut_out(Log& log, const Cut& cut) {
  if (cut.runs.empty()) return Retained{cut.is_all, 0};
  RoomRow row = log.writer.row;
  const std::uint64_t before = row.messages();
  if (auto written = in_transaction([&] { return write_cut(row, cut); }); !written) {
    // `find_of` has moved it past messages that are still there.
    log.writer.searched.clear();
    return fail(std::move(written.error()));
  }
  shares_.stored(row.id);
  const Retained retained{cut.is_all, static_cast<std::size_t>(before - row.messages())};
  set_row(log, std::move(row));
  TRY(look_for_oldest(log));
  return retained;
}

SqlResult<void> LogTables::write_cut(RoomRow& row, const Cut& cut) {
  TRY(count_all(row));
  TRY(shares_.subtract(row.id, cut.parts));
  for (const Run& run : cut.runs) {
    TRY(statements_.remove_messages.bind(1, place_of(row.id, {run.first}))
            .bind(2, place_of(row.id, {run.last}))
            .run());
    TRY(holes_.punch(row, run));
  }
  row.bytes = row.messages() == 0 ? 0 : row.bytes - std::min(row.bytes, cut.bytes);
  return store_room(row, false);
}

SqlResult<void> LogTables::look_for_oldest(Log& log) {
  const RoomRow& row = log.writer.row;
  log.writer.oldest = 0;
  if (row.messages() == 0) return {};
  Statement& oldest = statements_.oldest;
  oldest.bind(1, place_of(row.id, {row.first}))
      .bind(2, place_of(row.id, {row.next - 1}))
      .bind(3, std::int64_t{1});
  TRY(const auto found, oldest.step());
  if (!found) return {};
  const ReadMessage message = read_message(oldest, row.log, hasher_);
  log.writer.oldest = message.sound ? message.row.kept_at : kEndOfTime;
  oldest.reset();
  return {};
}

SqlResult<void> LogTables::count(bool only_many) {
  if (shares_.uncounted() == 0) return {};
  if (only_many && !shares_.is_to_count()) return {};
  std::vector<RoomRow> rows;
  const auto write = [&]() -> SqlResult<void> {
    for (const std::int64_t room : shares_.uncounted_rooms()) {
      RoomRow& row = rows.emplace_back(logs_.at(room)->writer.row);
      TRY(count_all(row));
      TRY(store_room(row, false));
    }
    return {};
  };
  TRY(in_transaction(write));
  for (const RoomRow& row : rows) shares_.stored(row.id);
  adopt_rows(std::move(rows));
  return {};
}

SqlResult<bool> LogTables::forget_ids(std::int64_t before, std::size_t most,
                                      std::size_t most_of_author) {
  std::vector<std::pair<std::string, std::string>> old;
  std::map<std::int64_t, std::uint64_t> by_room;
  std::size_t rows = 0;
  bool has_returned = false;
  const auto return_to_first = [&] {
    ids_of_author_.return_to_first();
    after_author_ = ids_of_author_.author();
    after_id_.clear();
    has_returned = true;
  };
  Statement& next = statements_.next_posted;
  const std::string author = std::move(after_author_);
  const std::string id = std::move(after_id_);
  after_author_.clear();
  after_id_.clear();
  next.bind(1, author).bind(2, id).bind(3, static_cast<std::int64_t>(most));
  while (!has_returned) {
    TRY(const auto more, next.step());
    if (!more) break;
    ++rows;
    const ReadPosted posted = read_posted(next);
    if (posted.row.author != ids_of_author_.author()) {
      if (ids_of_author_.is_to_return()) {
        return_to_first();
        break;
      }
      ids_of_author_.begin(posted.row.author);
    }
    after_author_ = posted.row.author;
    after_id_ = posted.row.id;
    if (posted.row.room == row_for_good_) continue;
    ids_of_author_.add(posted.row.kept_at, most_of_author);
    if (posted.row.kept_at >= before && !ids_of_author_.drops(posted.row.kept_at)) continue;
    if (!is_sound(posted) || !logs_.contains(posted.row.room)) continue;
    old.emplace_back(after_author_, after_id_);
    ++by_room[posted.row.room];
  }
  next.reset();
  bool ended = !has_returned && rows < most;
  if (ended && ids_of_author_.is_to_return()) {
    return_to_first();
    ended = false;
  }
  if (ended) {
    after_author_.clear();
    after_id_.clear();
    ids_of_author_.begin({});
  }
  if (!old.empty()) {
    TRY(forget_these(old, by_room));
  }
  return ended;
}

SqlResult<void> LogTables::forget_these(const std::vector<std::pair<std::string, std::string>>& ids,
                                        const std::map<std::int64_t, std::uint64_t>& by_room) {
  std::vector<RoomRow> rows;
  const auto write = [&]() -> SqlResult<void> {
    for (const auto& [whose, which] : ids) {
      TRY(statements_.remove_posted.bind(1, whose).bind(2, which).run());
    }
    for (const auto& [room, forgotten] : by_room) {
      RoomRow& row = rows.emplace_back(logs_.at(room)->writer.row);
      row.ids -= std::min(row.ids, forgotten);
      TRY(store_room(row, false));
    }
    return {};
  };
  TRY(in_transaction(write));
  adopt_rows(std::move(rows));
  return {};
}

}  // namespace palabre::store
