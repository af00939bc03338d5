#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chat/history.h"

namespace palabre::chat {

/// The history of rooms that keep no messages. It assigns numbers, delivers a message to the
/// readers present, and forgets a room when it is closed. Of the past it remembers only the last
/// ids of each room, to deduplicate a message that is soon sent again.
class MemoryHistory final : public History {
 public:
  /// `random` draws the id of each new log; `wall` gives the time at which a message is kept. Both
  /// are called on the hub's thread.
  explicit MemoryHistory(
      std::function<std::uint64_t()> random,
      std::function<WallTime()> wall = [] { return WallTime{}; });

  Cursor open(RoomId room, const RoomName& name) override;
  void close(RoomId room) override;
  void append(Draft draft) override;
  std::vector<LogEvent> take_events() override;
  void read(const Read& read) override;
  std::vector<Slice> take_slices() override;

  /// Answers a removal as a history does that has the messages: reports those that readers may
  /// still have at hand. Of an author's or a network's messages it knows the last `kMostSaid` of a
  /// room.
  void remove(const Removal& removal);

 private:
  struct Said {
    Number number;
    std::string owner;
    std::optional<Network> network;
    WallTime kept_at;
  };
  struct Log {
    using Id = std::pair<std::string, std::string>;  // author and id
    struct First {
      Number number;
      WallTime kept_at;
    };
    RoomName name;
    Number last;
    std::deque<Said> said;  // not removed, the oldest first
    std::map<Id, First> firsts;
    std::deque<Id> ids;  // the keys of `firsts`, the oldest first
  };

  static constexpr std::size_t kMostIds = 1024;   ///< for each room; the oldest is forgotten
  static constexpr std::size_t kMostSaid = 4096;  ///< for each room; the oldest is forgotten

  std::function<std::uint64_t()> random_;
  std::function<WallTime()> wall_;
  std::unordered_map<RoomId, Log> logs_;
  std::vector<LogEvent> events_;
  std::vector<Slice> slices_;
};

}  // namespace palabre::chat
