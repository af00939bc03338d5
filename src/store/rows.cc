#include "store/rows.h"

#include <sodium/crypto_generichash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

namespace palabre::store {
namespace {

constexpr char kStoreRow = 's';
constexpr char kClockRow = 'c';
constexpr char kRoomRow = 'r';
constexpr char kMessageRow = 'm';
constexpr char kPostedRow = 'p';
constexpr char kHoleRow = 'h';
constexpr char kShareRow = 'w';
constexpr char kRemovalRow = 'x';

std::uint64_t bits(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }

}  // namespace

bool RemovalRow::takes(std::int64_t from_room, std::int64_t kept_at, const Source& by) const {
  if (kept_at < since || kept_at > until) return false;
  if (room() != 0) return from_room == room();
  return (owner != 0 && by.owner == owner) || networks.contains(by.network);
}

void RowHasher::begin(char kind) { buffer_.assign(1, kind); }

void RowHasher::add(std::uint64_t value) {
  std::array<char, sizeof value> little{};
  for (char& byte : little) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  buffer_.append(little.data(), little.size());
}

void RowHasher::add(std::string_view bytes) {
  add(std::uint64_t{bytes.size()});  // so that different rows never give the same bytes
  buffer_ += bytes;
}

Hash RowHasher::end() const {
  Hash hash{};
  static_assert(sizeof(Hash) == crypto_generichash_BYTES_MIN);
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(buffer_.data()), buffer_.size(),
                     nullptr, 0);
  return hash;
}

Hash RowHasher::of(const StoreRow& row) {
  begin(kStoreRow);
  add(row.life);
  return end();
}

Hash RowHasher::of(const ClockRow& row) {
  begin(kClockRow);
  add(bits(row.seen));
  add(bits(row.doubt));
  if (row.latest != 0) add(bits(row.latest));  // older rows have no `latest` in their hash
  return end();
}

Hash RowHasher::of(const RoomRow& row) {
  begin(kRoomRow);
  add(bits(row.id));
  add(row.name);
  add(row.log.value);
  add(row.next);
  add(row.first);
  add(row.bytes);
  // Rows of version 3 have none of these in their hash.
  if (row.missing != 0 || row.counted != 0 || row.ids != 0) {
    add(row.missing);
    add(row.counted);
    add(row.ids);
  }
  return end();
}

Hash RowHasher::of(chat::LogId log, const MessageRow& row) {
  begin(kMessageRow);
  add(log.value);
  add(row.number.value);
  add(bits(row.kept_at));
  add(bits(row.kind));
  add(row.author);
  add(row.text);
  // The same here.
  if (row.by != Source{} || row.author_id != chat::AuthorId{}) {
    add(bits(row.by.owner));
    add(bits(row.by.network));
    add(row.author_id.value);
  }
  return end();
}

Hash RowHasher::of(chat::LogId log, const PostedRow& row) {
  begin(kPostedRow);
  add(log.value);
  add(row.author);
  add(row.id);
  add(bits(row.room));
  add(row.number.value);
  add(bits(row.kept_at));
  return end();
}

Hash RowHasher::of(const HoleRow& row) {
  begin(kHoleRow);
  add(bits(row.room));
  add(row.first.value);
  add(row.last.value);
  return end();
}

Hash RowHasher::of(const ShareRow& row) {
  begin(kShareRow);
  add(bits(static_cast<std::int64_t>(row.who.kind)));
  add(bits(row.who.id));
  add(bits(row.room));
  add(bits(row.weight.bytes));
  add(bits(row.weight.messages));
  add(bits(row.since));
  return end();
}

Hash RowHasher::of(const RemovalRow& row) {
  begin(kRemovalRow);
  add(bits(row.id));
  add(bits(row.owner));
  add(bits(row.networks.first));
  add(bits(row.networks.last));
  add(bits(row.since));
  add(bits(row.until));
  add(bits(row.place));
  return end();
}

ReadRoom read_room(const Statement& statement, RowHasher& hasher) {
  ReadRoom room;
  room.row = {statement.integer(0),  std::string(statement.text(1)),
              {statement.number(2)}, statement.number(3),
              statement.number(4),   statement.number(5),
              statement.number(7),   statement.number(8),
              statement.number(9)};
  room.sound = statement.bytes(6) == view_of(hasher.of(room.row));
  return room;
}

ReadMessage read_message(const Statement& statement, chat::LogId log, RowHasher& hasher) {
  ReadMessage message;
  message.row = {number_at(statement.integer(0)),
                 statement.integer(1),
                 statement.integer(2),
                 statement.text(3),
                 statement.text(4),
                 {statement.integer(6), statement.integer(7)},
                 {statement.number(8)}};
  message.sound = statement.bytes(5) == view_of(hasher.of(log, message.row));
  return message;
}

ReadPosted read_posted(const Statement& statement) {
  ReadPosted posted;
  posted.row = {statement.text(0),
                statement.text(1),
                statement.integer(2),
                {statement.number(3)},
                statement.integer(4)};
  const std::string_view hash = statement.bytes(5);
  if (hash.size() == posted.hash.size()) std::ranges::copy(hash, posted.hash.begin());
  return posted;
}

std::optional<HoleRow> read_hole(const Statement& statement, RowHasher& hasher) {
  const std::int64_t place = statement.integer(0);
  const HoleRow row{room_at(place), number_at(place), {statement.number(1)}};
  const bool is_sound = statement.bytes(2) == view_of(hasher.of(row)) && row.first <= row.last;
  return is_sound ? std::optional(row) : std::nullopt;
}

std::optional<ShareRow> read_share(const Statement& statement, RowHasher& hasher) {
  const ShareRow row{{static_cast<Who::Kind>(statement.integer(0)), statement.integer(1)},
                     statement.integer(2),
                     {statement.integer(3), statement.integer(4)},
                     statement.integer(5)};
  return statement.bytes(6) == view_of(hasher.of(row)) ? std::optional(row) : std::nullopt;
}

std::optional<RemovalRow> read_removal(const Statement& statement, RowHasher& hasher) {
  const RemovalRow row{
      statement.integer(0), statement.integer(1), {statement.integer(2), statement.integer(3)},
      statement.integer(4), statement.integer(5), statement.integer(6)};
  return statement.bytes(7) == view_of(hasher.of(row)) ? std::optional(row) : std::nullopt;
}

SqlResult<StoreRow> read_store(Database& database, RowHasher& hasher) {
  TRY(auto store, database.prepare("SELECT life, hash FROM store"));
  TRY(const auto found, store.step());
  if (!found) return StoreRow{};
  const StoreRow row{store.number(0)};
  if (store.bytes(1) == view_of(hasher.of(row))) return row;
  return fail(SqlError{Fault::kDamaged, 0, "the row of the store is damaged"});
}

SqlResult<std::optional<ClockRow>> read_clock(Database& database, RowHasher& hasher) {
  TRY(auto clock, database.prepare("SELECT seen, doubt, hash, latest FROM clock"));
  TRY(const auto found, clock.step());
  if (!found) return std::nullopt;
  const ClockRow row{clock.integer(0), clock.integer(1), clock.integer(3)};
  if (clock.bytes(2) != view_of(hasher.of(row))) return std::nullopt;
  return row;
}

chat::MessagePtr message_of(const MessageRow& row) {
  const auto kind = static_cast<chat::Kind>(row.kind);
  if (kind == chat::Kind::kRemoved) return tombstone();
  return std::make_shared<const chat::Message>(
      chat::Message{kind == chat::Kind::kAction ? chat::Kind::kAction : chat::Kind::kText,
                    std::string(row.author), std::string(row.text), row.author_id});
}

chat::MessagePtr tombstone() {
  static const auto none =
      std::make_shared<const chat::Message>(chat::Message{chat::Kind::kRemoved, {}, {}, {}});
  return none;
}

}  // namespace palabre::store
