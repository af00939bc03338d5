#include "store/log_reader.h"

#include <algorithm>
#include <string>
#include <utility>

namespace palabre::store {
namespace {

/// This many numbers after a damaged place are tried one by one; then the steps become longer.
constexpr std::uint64_t kTriedOneByOne = 256;

using Why = chat::Missing::Why;

Why why_of(const SqlError& error) {
  const bool is_damage = error.fault == Fault::kDamaged || error.fault == Fault::kForeign;
  return is_damage ? Why::kDamaged : Why::kUnread;
}

}  // namespace

/// A slice under construction.
struct LogReader::Progress {
  chat::Slice slice;
  std::uint64_t next;  ///< the first number that the entries do not cover
  std::size_t bytes = 0;
  std::uint64_t tried = 0;  ///< after damage: the number at which reading was resumed

  void miss(std::uint64_t to, Why why) {
    if (to < next) return;
    slice.entries.emplace_back(chat::Missing{{next}, {to}, why});
    next = to + 1;
  }
};

SqlResult<LogReader> LogReader::over(Database database) {
  TRY(auto room, database.prepare((std::string(kSelectRooms) + " WHERE id=?").c_str()));
  TRY(auto messages,
      database.prepare(
          (std::string(kSelectMessages) + " WHERE place BETWEEN ? AND ? ORDER BY place").c_str()));
  TRY(auto removals, database.prepare(kSelectRemovals));
  TRY(auto holes, Holes::over(database));
  return LogReader(std::move(database), std::move(room), std::move(messages), std::move(removals),
                   std::move(holes));
}

LogReader::LogReader(Database database, Statement room, Statement messages, Statement removals,
                     Holes holes)
    : database_(std::move(database)),
      room_(std::move(room)),
      messages_(std::move(messages)),
      removals_(std::move(removals)),
      holes_(std::move(holes)) {}

chat::Slice LogReader::read(const Span& span) {
  Progress progress{.slice = {{}, {}, span.after, span.after, {}}, .next = span.after.value + 1};
  auto done = database_.run("BEGIN");
  if (done) done = read_on(span, progress);
  messages_.reset();
  database_.roll_back();
  if (!done && progress.slice.entries.empty())
    progress.miss(span.up_to.value, why_of(done.error()));
  progress.slice.up_to = {progress.next - 1};
  return std::move(progress.slice);
}

SqlResult<RoomRow> LogReader::find_room(std::int64_t id) {
  TRY(const auto found, room_.bind(1, id).step());
  ReadRoom room;
  if (found) room = read_room(room_, hasher_);
  room_.reset();
  if (room.sound && room.row.id == id) return std::move(room.row);
  return fail(SqlError{Fault::kDamaged, 0, "a room's row is damaged"});
}

SqlResult<std::vector<RemovalRow>> LogReader::find_removals() {
  std::vector<RemovalRow> removals;
  while (true) {
    TRY(const auto more, removals_.step());
    if (!more) return removals;
    if (const auto removal = read_removal(removals_, hasher_)) removals.push_back(*removal);
  }
}

SqlResult<void> LogReader::miss(const Span& span, std::uint64_t to, Progress& progress) {
  while (progress.next <= to) {
    TRY(const auto hole, holes_.at_or_after(span.room, progress.next, to));
    if (!hole) break;
    if (hole->first.value > progress.next) progress.miss(hole->first.value - 1, Why::kDamaged);
    progress.miss(std::min(to, hole->last.value), Why::kExpired);
  }
  progress.miss(to, Why::kDamaged);
  return {};
}

SqlResult<void> LogReader::read_on(const Span& span, Progress& progress) {
  TRY(const auto room, find_room(span.room));
  TRY(const auto removals, find_removals());
  if (room.first > progress.next) {
    progress.miss(std::min(room.first - 1, span.up_to.value), Why::kExpired);
  }
  messages_.bind(1, place_of(span.room, {progress.next})).bind(2, place_of(span.room, span.up_to));
  while (progress.next <= span.up_to.value) {
    const auto more = messages_.step();
    if (!more && why_of(more.error()) == Why::kDamaged) {
      if (!skip_damage(span, progress)) progress.miss(span.up_to.value, Why::kDamaged);
      continue;
    }
    if (!more) return fail(more.error());
    if (!*more) {
      TRY(miss(span, span.up_to.value, progress));
      break;
    }
    const ReadMessage message = read_message(messages_, room.log, hasher_);
    // A damaged row's number is not trusted either: the next sound row shows what is missing.
    if (!message.sound || message.row.number.value < progress.next) continue;
    TRY(miss(span, message.row.number.value - 1, progress));
    const bool is_to_go = std::ranges::any_of(removals, [&](const RemovalRow& removal) {
      return removal.takes(span.room, message.row.kept_at, message.row.by);
    });
    progress.slice.entries.emplace_back(
        chat::PastMessage{message.row.number,
                          is_to_go ? tombstone() : message_of(message.row),
                          {message.row.kept_at}});
    ++progress.next;
    progress.bytes += message.row.author.size() + message.row.text.size();
    if (progress.bytes >= span.bytes || progress.slice.entries.size() >= span.entries) break;
  }
  return {};
}

bool LogReader::skip_damage(const Span& span, Progress& progress) {
  // Rows after an unreadable page are found by asking for later numbers.
  const std::uint64_t begin = std::max(progress.next, progress.tried);
  const std::uint64_t gone = begin - progress.next;
  const std::uint64_t step = gone < kTriedOneByOne ? 1 : gone / 2;
  progress.tried = begin + step;
  if (progress.tried > span.up_to.value) return false;
  messages_.bind(1, place_of(span.room, {progress.tried}));
  return true;
}

}  // namespace palabre::store
