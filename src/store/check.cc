#include "store/check.h"

#include <map>
#include <optional>
#include <utility>

#include "store/holes.h"
#include "store/retention.h"
#include "store/rows.h"

namespace palabre::store {
namespace {

constexpr std::size_t kMostFindings = 100;

/// A room's row, and what its messages have shown so far.
struct Seen {
  RoomRow row;
  bool sound = false;
  std::uint64_t expected = 0;  ///< the next number without a gap
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;  ///< numbers in holes
  Weight counted;             ///< of the messages that the owners' shares must count
  Weight shares;              ///< of the owners' shares
};

class Check {
 public:
  explicit Check(Database& database) : database_(database) {}

  CheckReport run() {
    if (auto begun = database_.run("BEGIN"); !begun) find(begun.error().text);
    check_pages();
    if (auto store = read_store(database_, hasher_); !store) find(store.error().text);
    for_each(kSelectRooms, [this](const Statement& row) { check_room(row); });
    if (auto holes = Holes::over(database_)) holes_.emplace(std::move(*holes));
    for_each(std::string(kSelectMessages) + " ORDER BY place",
             [this](const Statement& row) { check_message(row); });
    for_each(kSelectHoles, [this](const Statement& row) { check_hole(row); });
    for_each(kSelectShares, [this](const Statement& row) { check_share(row); });
    for_each(kSelectRemovals, [this](const Statement& row) { check_removal(row); });
    check_ends();
    for_each(kSelectPosted, [this](const Statement& row) { check_posted(row); });
    database_.roll_back();
    return std::move(report_);
  }

 private:
  void find(std::string sentence) {
    if (report_.findings.size() < kMostFindings) report_.findings.push_back(std::move(sentence));
  }

  template <typename Each>
  void for_each(const std::string& sql, Each each) {
    auto rows = database_.prepare(sql.c_str());
    if (!rows) return find(rows.error().text);
    while (true) {
      const auto more = rows->step();
      if (!more) return find(more.error().text);
      if (!*more) return;
      each(*rows);
    }
  }

  void check_pages() {
    for_each("PRAGMA integrity_check(100)", [this](const Statement& row) {
      if (row.text(0) != "ok") find("SQLite: " + std::string(row.text(0)));
    });
  }

  void check_room(const Statement& statement) {
    ++report_.rooms;
    ReadRoom room = read_room(statement, hasher_);
    if (!room.sound) find("The row of room " + std::to_string(room.row.id) + " is damaged.");
    const std::int64_t id = room.row.id;
    const std::uint64_t first = room.row.first;
    seen_[id] = {std::move(room.row), room.sound, first, 0, 0, {}, {}};
  }

  void check_message(const Statement& statement) {
    ++report_.messages;
    const std::int64_t place = statement.integer(0);
    const auto found = seen_.find(room_at(place));
    if (found == seen_.end()) {
      return find("There is a message of room " + std::to_string(room_at(place)) +
                  ", which has no row.");
    }
    Seen& seen = found->second;
    if (!seen.sound) return;
    const ReadMessage message = read_message(statement, seen.row.log, hasher_);
    const std::uint64_t number = message.row.number.value;
    if (!message.sound) find(name(seen, number) + " is damaged.");
    if (number < seen.expected || number >= seen.row.next) {
      return find(name(seen, number) + " is outside the range that its room keeps.");
    }
    pass_holes(seen, number);
    if (number > seen.expected) find_gap(seen, number - 1);
    seen.expected = number + 1;
    seen.bytes += message.row.bytes();
    if (number <= seen.row.counted) {
      seen.counted += {static_cast<std::int64_t>(message.row.bytes()), 1};
    }
  }

  /// Goes on after the holes that explain the numbers missing before `number`.
  void pass_holes(Seen& seen, std::uint64_t number) {
    while (seen.expected < number && holes_) {
      const auto hole = holes_->at_or_after(seen.row.id, seen.expected, number - 1);
      if (!hole || !*hole || (*hole)->first.value > seen.expected) return;
      seen.missing += (*hole)->size();
      seen.expected = (*hole)->last.value + 1;
    }
  }

  void check_hole(const Statement& statement) {
    if (read_hole(statement, hasher_)) return;
    find("The record of messages removed from room " +
         std::to_string(room_at(statement.integer(0))) + " is damaged.");
  }

  void check_share(const Statement& statement) {
    const auto share = read_share(statement, hasher_);
    if (!share) return find("The record of an author's share of a room is damaged.");
    if (share->who.kind != Who::Kind::kOwner || share->room == 0) return;
    const auto found = seen_.find(share->room);
    if (found == seen_.end()) {
      return find("There is a share of room " + std::to_string(share->room) +
                  ", which has no row.");
    }
    found->second.shares += share->weight;
  }

  void check_removal(const Statement& statement) {
    if (read_removal(statement, hasher_)) return;
    find("The record of a removal that is not complete is damaged.");
  }

  void check_ends() {
    for (auto& [id, seen] : seen_) {
      if (!seen.sound) continue;
      pass_holes(seen, seen.row.next);
      if (seen.expected < seen.row.next) {
        find_gap(seen, seen.row.next - 1);
      } else if (seen.missing != seen.row.missing) {
        find("Room " + seen.row.name + " lacks " + std::to_string(seen.missing) +
             " messages amid its log, and its row says " + std::to_string(seen.row.missing) + ".");
      } else if (seen.shares != seen.counted && !is_for_good(seen.row.name)) {
        find("The shares of room " + seen.row.name + " do not add up to its messages.");
      } else if (seen.bytes != seen.row.bytes) {
        find("Room " + seen.row.name + " has " + std::to_string(seen.bytes) +
             " bytes of messages, and its row says " + std::to_string(seen.row.bytes) + ".");
      }
    }
  }

  void check_posted(const Statement& statement) {
    ++report_.ids;
    const ReadPosted posted = read_posted(statement);
    const auto found = seen_.find(posted.row.room);
    if (found != seen_.end() && !found->second.sound) return;
    const bool sound = found != seen_.end() &&
                       hasher_.of(found->second.row.log, posted.row) == posted.hash &&
                       posted.row.number.value < found->second.row.next;
    if (sound) return;
    find("The record of id " + std::string(posted.row.id) + " of " +
         std::string(posted.row.author) + " is damaged.");
  }

  static std::string name(const Seen& seen, std::uint64_t number) {
    return "Message " + std::to_string(number) + " of room " + seen.row.name;
  }

  void find_gap(const Seen& seen, std::uint64_t to) {
    const std::string range = seen.expected == to ? " " + std::to_string(to) + " is missing."
                                                  : "s " + std::to_string(seen.expected) + " to " +
                                                        std::to_string(to) + " are missing.";
    find("In room " + seen.row.name + ", message" + range);
  }

  Database& database_;
  RowHasher hasher_;
  std::optional<Holes> holes_;
  std::map<std::int64_t, Seen> seen_;  // by row id
  CheckReport report_;
};

}  // namespace

CheckReport check_store(Database& database) { return Check(database).run(); }

}  // namespace palabre::store
