#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/database.h"
#include "store/rows.h"
#include "store/source.h"

namespace palabre::store {

/// How much is kept of each owner and each public network, in each room and in all together: the
/// table `share`.
///
/// A message is counted in memory first, and in the table later, for many messages at once: a row
/// for each author in each group would cost as much as the messages. `RoomRow::counted` says how
/// far the table goes; after a crash the messages beyond are counted again, at most
/// `kMostUncounted` and a group. A message that goes is taken out of the table at once, so a room's
/// messages are stored there first (`store`).
///
/// No thread or transaction of its own.
class Shares {
 public:
  static constexpr std::size_t kMostUncounted = 65'536;

  static SqlResult<Shares> over(Database& database);

  /// In memory: a message was kept. `heaviest` and `since` know it at once.
  void add(std::int64_t room, const Source& by, std::uint64_t bytes, std::int64_t kept_at);
  /// In memory: a message that the table does not count yet has lost its text.
  void lighten(std::int64_t room, const Source& by, std::uint64_t bytes);
  std::size_t uncounted() const { return uncounted_; }
  /// Whether the messages should be counted in the table now: they are many, or `heaviest` has
  /// looked at many of them one by one.
  bool is_to_count() const { return uncounted_ >= kMostUncounted || is_slow_; }
  /// Rooms with messages that the table does not count.
  std::vector<std::int64_t> uncounted_rooms() const;

  /// Counts the messages of the room in the table. The caller's transaction also sets
  /// `RoomRow::counted`, and calls `stored` after its commit.
  SqlResult<void> store(std::int64_t room);
  void stored(std::int64_t room);

  /// Parts of shares that go.
  class Parts {
   public:
    void add(const Source& by, const Weight& weight);

   private:
    friend class Shares;
    std::map<Who, Weight> parts_;
  };
  /// Takes the parts out of the table. Requires that the table counts them.
  SqlResult<void> subtract(std::int64_t room, const Parts& parts);

  /// Takes the whole share out of the table.
  SqlResult<void> forget(const Who& who, std::int64_t room);

  enum class Measure { kBytes, kMessages };
  struct Heaviest {
    Who who;
    Weight weight;
  };
  /// The owner or the network with the most in the room, the network if they are equal; of all
  /// rooms: 0, by bytes. Nothing: the room is empty.
  SqlResult<std::optional<Heaviest>> heaviest(std::int64_t room, Measure by);
  /// The statement of `heaviest`, for a room and a kind. It must not sort: strangers decide how
  /// many shares there are, and each group asks.
  static std::string heaviest_sql(Measure by);
  /// Since when something has been kept of the owner without a pause; nothing: there is nothing.
  SqlResult<std::optional<std::int64_t>> since(std::int64_t owner);
  /// Where most of its bytes are.
  SqlResult<std::optional<std::int64_t>> largest_room_of(const Who& who);
  /// Whether the room may have something of the owner, or of one of the networks.
  SqlResult<bool> may_have(std::int64_t room, std::int64_t owner, const NetworkRange& networks);

 private:
  struct Added {
    Weight weight;
    std::int64_t since = 0;
  };
  struct HashOfWho {
    std::size_t operator()(const Who& who) const {
      return static_cast<std::size_t>(who.id) ^ static_cast<std::size_t>(who.kind);
    }
  };
  using Pending = std::unordered_map<Who, Added, HashOfWho>;

  struct Statements {
    Statement find;
    Statement write;
    Statement remove;
    Statement by_bytes;
    Statement by_messages;
    Statement rooms_of;
    Statement any_network;
  };
  explicit Shares(Statements statements) : statements_(std::move(statements)) {}
  SqlResult<std::optional<ShareRow>> find(const Who& who, std::int64_t room);
  SqlResult<void> change(const Who& who, std::int64_t room, const Added& by);
  SqlResult<std::optional<Heaviest>> top(std::int64_t room, Who::Kind kind, Measure by);
  const Pending* pending_of(std::int64_t room) const;

  Statements statements_;
  RowHasher hasher_;
  std::unordered_map<std::int64_t, Pending> pending_;  // by room
  Pending pending_in_all_;
  std::size_t uncounted_ = 0;
  bool is_slow_ = false;
};

/// The part of a message in all rooms together.
constexpr Weight in_all(const Weight& weight) {
  return {weight.bytes + weight.messages * static_cast<std::int64_t>(kMessageCost),
          weight.messages};
}

/// Counts what tables before version 4 have: messages, which are nobody's, and remembered ids. In
/// the transaction of the migration; reads the whole table `posted`.
SqlResult<void> count_what_is_there(Database& database);

}  // namespace palabre::store
