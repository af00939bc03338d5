#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/ids.h"
#include "chat/message.h"
#include "store/database.h"

namespace palabre::store {

/// How many rooms a store has place for.
inline constexpr std::int64_t kMostRooms = 65'536;

/// A room's row id and a message's number in one integer, the number in the lower 44 bits: lookup
/// and append then use SQLite's fastest key.
inline constexpr int kNumberBits = 44;
inline constexpr std::uint64_t kMostNumber = (std::uint64_t{1} << kNumberBits) - 1;
constexpr std::int64_t place_of(std::int64_t room, chat::Number number) {
  return (room << kNumberBits) | static_cast<std::int64_t>(number.value);
}
constexpr chat::Number number_at(std::int64_t place) {
  return {static_cast<std::uint64_t>(place) & kMostNumber};
}
constexpr std::int64_t room_at(std::int64_t place) { return place >> kNumberBits; }

using Hash = std::array<char, 16>;

/// The row of `store`. It is missing, or `life` is 0, until a server has started on the store.
struct StoreRow {
  std::uint64_t life = 0;
};

/// The row of `clock`: the wall clock at the last look, how long it is still doubted, and the
/// latest time ever seen (0 in a row of a version without that column); all in microseconds. See
/// `ClockDoubt`.
struct ClockRow {
  std::int64_t seen = 0;
  std::int64_t doubt = 0;
  std::int64_t latest = 0;
};

/// A row of `room`. The numbers in [first, next) are kept.
struct RoomRow {
  std::int64_t id = 0;  ///< 1 to kMostRooms; 0: not on the disk yet
  std::string name;
  /// Constant for the life of the log, whereas its `id_of` changes with every restored backup.
  chat::LogId log;
  std::uint64_t next = 1;
  std::uint64_t first = 1;
  std::uint64_t bytes = 0;  ///< of the authors and texts of the kept messages
};

/// The public id of a log.
constexpr chat::LogId id_of(chat::LogId log, std::uint64_t life) { return {log.value ^ life}; }

/// A row of `message`, without its room. The views belong to the creator of the struct.
struct MessageRow {
  chat::Number number;
  std::int64_t kept_at = 0;  ///< microseconds since 1970, by the wall clock of that time
  std::int64_t kind = 0;
  std::string_view author;
  std::string_view text;
};

/// A row of `posted`.
struct PostedRow {
  std::string_view author;
  std::string_view id;
  std::int64_t room = 0;
  chat::Number number;
  std::int64_t kept_at = 0;
};

/// Hashes rows, so that any flipped bit is detected. Each hash covers the kind of row, all of its
/// columns, and the log that it belongs to. One thread at a time.
class RowHasher {
 public:
  Hash of(const StoreRow& row);
  Hash of(const ClockRow& row);
  Hash of(const RoomRow& row);
  Hash of(chat::LogId log, const MessageRow& row);
  Hash of(chat::LogId log, const PostedRow& row);

 private:
  void begin(char kind);
  void add(std::uint64_t value);
  void add(std::string_view bytes);
  Hash end() const;

  std::string buffer_;
};

inline std::string_view view_of(const Hash& hash) { return {hash.data(), hash.size()}; }

// The columns that the readers below expect.
inline constexpr const char* kSelectRooms =
    "SELECT id, name, log, next, first, bytes, hash FROM room";
inline constexpr const char* kSelectMessages =
    "SELECT place, kept_at, kind, author, text, hash FROM message";
inline constexpr const char* kSelectPosted =
    "SELECT author, id, room, number, kept_at, hash FROM posted";

/// The current row, and whether its hash matches.
struct ReadRoom {
  RoomRow row;
  bool sound = false;
};
ReadRoom read_room(const Statement& statement, RowHasher& hasher);

struct ReadMessage {
  MessageRow row;  ///< valid as long as the statement's current row
  bool sound = false;
};
ReadMessage read_message(const Statement& statement, chat::LogId log, RowHasher& hasher);

struct ReadPosted {
  PostedRow row;  ///< valid as long as the statement's current row
  Hash hash{};
};
/// Does not verify the hash: the log is that of `row.room`, which only the caller knows. Compare
/// with `RowHasher::of`.
ReadPosted read_posted(const Statement& statement);

/// An error if the row is damaged.
SqlResult<StoreRow> read_store(Database& database, RowHasher& hasher);

/// Empty if the row is missing or damaged.
SqlResult<std::optional<ClockRow>> read_clock(Database& database, RowHasher& hasher);

/// The message for the room. Requires that the row is sound.
chat::MessagePtr message_of(const MessageRow& row);

}  // namespace palabre::store
