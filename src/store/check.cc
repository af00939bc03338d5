#include "store/check.h"

#include <map>
#include <utility>

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
};

class Check {
 public:
  explicit Check(Database& database) : database_(database) {}

  CheckReport run() {
    if (auto begun = database_.run("BEGIN"); !begun) find(begun.error().text);
    check_pages();
    if (auto store = read_store(database_, hasher_); !store) find(store.error().text);
    for_each(kSelectRooms, [this](const Statement& row) { check_room(row); });
    for_each(std::string(kSelectMessages) + " ORDER BY place",
             [this](const Statement& row) { check_message(row); });
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
    seen_[id] = {std::move(room.row), room.sound, first, 0};
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
    if (number > seen.expected) find_gap(seen, number - 1);
    seen.expected = number + 1;
    seen.bytes += message.row.author.size() + message.row.text.size();
  }

  void check_ends() {
    for (auto& [id, seen] : seen_) {
      if (!seen.sound) continue;
      if (seen.expected < seen.row.next) {
        find_gap(seen, seen.row.next - 1);
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
  std::map<std::int64_t, Seen> seen_;  // by row id
  CheckReport report_;
};

}  // namespace

CheckReport check_store(Database& database) { return Check(database).run(); }

}  // namespace palabre::store
