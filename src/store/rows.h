#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/ids.h"
#include "chat/message.h"
#include "store/database.h"
#include "store/source.h"

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

/// Estimated bytes that a message, an id and a room take in the file beside their texts, for the
/// total of the store.
inline constexpr std::uint64_t kMessageCost = 100;
inline constexpr std::uint64_t kIdCost = 128;
inline constexpr std::uint64_t kRoomCost = 256;

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

/// A row of `room`. The numbers in [first, next) are kept, except those in the room's holes.
struct RoomRow {
  std::int64_t id = 0;  ///< 1 to kMostRooms; 0: not on the disk yet
  std::string name;
  /// Constant for the life of the log, whereas its `id_of` changes with every restored backup.
  chat::LogId log;
  std::uint64_t next = 1;
  std::uint64_t first = 1;
  std::uint64_t bytes = 0;    ///< of the authors and texts of the kept messages
  std::uint64_t missing = 0;  ///< numbers in the room's holes
  /// The messages up to this number are in the table `share`; later ones are counted in memory.
  std::uint64_t counted = 0;
  std::uint64_t ids = 0;  ///< remembered ids of its messages

  std::uint64_t messages() const { return next - first - missing; }
  /// Whether nothing but the name is left.
  bool is_empty() const { return messages() == 0 && ids == 0; }
  friend bool operator==(const RoomRow&, const RoomRow&) = default;
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
  Source by;
  chat::AuthorId author_id;

  std::uint64_t bytes() const { return author.size() + text.size(); }
};

/// A row of `hole`: numbers amid a room's log whose messages were removed before their time.
struct HoleRow {
  std::int64_t room = 0;
  chat::Number first;
  chat::Number last;  ///< included

  std::uint64_t size() const { return last.value - first.value + 1; }
};

/// A row of `share`: what a room keeps of somebody.
struct ShareRow {
  Who who;
  std::int64_t room = 0;  ///< 0: all rooms together
  Weight weight;
  std::int64_t since = 0;  ///< when the first message was kept of those since which it had any
};

/// A row of `removal`: a removal that is decided and not complete. See `Removals`.
struct RemovalRow {
  std::int64_t id = 0;
  /// 0: goes by networks alone; less: all of the room with the id `-owner`.
  std::int64_t owner = 0;
  NetworkRange networks;
  std::int64_t since = 0;  ///< microseconds since 1970, included
  std::int64_t until = 0;
  std::int64_t place = 0;  ///< it is done before this place

  /// The only room in which it removes; 0: it goes through all.
  std::int64_t room() const { return owner < 0 ? -owner : 0; }
  bool takes(std::int64_t from_room, std::int64_t kept_at, const Source& by) const;
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
  Hash of(const HoleRow& row);
  Hash of(const ShareRow& row);
  Hash of(const RemovalRow& row);

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
    "SELECT id, name, log, next, first, bytes, hash, missing, counted, ids FROM room";
inline constexpr const char* kSelectMessages =
    "SELECT place, kept_at, kind, author, text, hash, owner, network, author_id FROM message";
inline constexpr const char* kSelectHoles = "SELECT place, last, hash FROM hole";
inline constexpr const char* kSelectShares =
    "SELECT kind, who, room, bytes, messages, since, hash FROM share";
inline constexpr const char* kSelectRemovals =
    "SELECT id, owner, first_network, last_network, since, until, place, hash FROM removal";
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

/// The current row of the table; nothing if it is damaged.
std::optional<HoleRow> read_hole(const Statement& statement, RowHasher& hasher);
std::optional<ShareRow> read_share(const Statement& statement, RowHasher& hasher);
std::optional<RemovalRow> read_removal(const Statement& statement, RowHasher& hasher);

/// An error if the row is damaged.
SqlResult<StoreRow> read_store(Database& database, RowHasher& hasher);

/// Empty if the row is missing or damaged.
SqlResult<std::optional<ClockRow>> read_clock(Database& database, RowHasher& hasher);

/// The message for the room. Requires that the row is sound.
chat::MessagePtr message_of(const MessageRow& row);

/// In the place of a message that was removed.
chat::MessagePtr tombstone();

}  // namespace palabre::store
