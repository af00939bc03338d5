#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "chat/history.h"
#include "store/rows.h"

namespace palabre::store {

/// The head of a room's log, in memory. Shared by the hub's thread, the writer's and the reader's,
/// each of which has its own part; what a part says reaches the others through their queues.
struct Log {
  Log(chat::RoomName room_name, chat::LogId log_id) : name(std::move(room_name)), id(log_id) {}

  const chat::RoomName name;
  const chat::LogId id;
  /// The room's row; 0 as long as there is none. Set once, by the writer.
  std::atomic<std::int64_t> row_id{0};

  struct OfHub {
    std::optional<chat::RoomId> room;  ///< under which it is open
    chat::Number end;                  ///< as far as events have been taken
    std::size_t unanswered = 0;        ///< drafts without a verdict
  } hub;

  struct OfWriter {
    RoomRow row;            ///< as it is on the disk; what a group stages is the tables's
    bool is_swept = false;  ///< is in the list of rooms on the disk
    bool is_due = false;    ///< is in the list of those that have more than they should
  } writer;
};
using LogPtr = std::shared_ptr<Log>;

/// A draft on its way to the disk.
struct Posted {
  LogPtr log;
  chat::Draft draft;
};

/// And on its way back.
struct Answered {
  LogPtr log;
  chat::Verdict verdict;
};

}  // namespace palabre::store
