#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "chat/history.h"
#include "store/retention.h"
#include "store/rows.h"

namespace palabre::store {

/// The head of a room's log, in memory. Shared by three threads (hub, writer, reader), each with
/// its own part; the threads tell each other about changes through their queues.
struct Log {
  Log(chat::RoomName room_name, chat::LogId log_id) : name(std::move(room_name)), id(log_id) {}

  const chat::RoomName name;
  const chat::LogId id;
  /// The id of the room's row; 0 until there is one. Set once, by the writer.
  std::atomic<std::int64_t> row_id{0};

  struct OfHub {
    std::optional<chat::RoomId> room;  ///< the id under which the room is open; empty: closed
    chat::Number end;                  ///< the last number that `take_events` has returned
    std::size_t unanswered = 0;        ///< drafts without a verdict
  } hub;

  struct OfWriter {
    RoomRow row;            ///< as on the disk, without a transaction that is open
    bool is_swept = false;  ///< is in the list of rooms that sweeps visit
    bool is_due = false;    ///< is in the list of rooms over their limit
    /// When the oldest message was kept, 0 if the room has none. If that row is damaged: the end of
    /// time, since it is not known to be old.
    std::int64_t oldest = 0;
    /// The oldest message of each of these is not before this number. Forgotten when there are
    /// many.
    std::map<Who, std::uint64_t> searched;
  } writer;
};
using LogPtr = std::shared_ptr<Log>;

/// Whether messages kept before this may go from the room for others' sake. For the writer.
inline bool has_old(const Log& log, std::int64_t before) {
  const std::int64_t oldest = log.writer.oldest;
  return oldest != 0 && oldest < before && !is_for_good(log.name);
}

/// A draft on its way to the writer; or, without one, the room's row that is to go: the hub knows
/// this log no more.
struct Posted {
  LogPtr log;
  std::optional<chat::Draft> draft;
};

/// A verdict on its way back, and what was removed before it.
struct Answered {
  LogPtr log;  ///< null without a verdict
  std::optional<chat::Verdict> verdict;
  std::vector<chat::Removed> removed = {};
};

}  // namespace palabre::store
