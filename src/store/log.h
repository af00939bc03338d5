#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "chat/history.h"
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
  } writer;
};
using LogPtr = std::shared_ptr<Log>;

/// A draft on its way to the writer.
struct Posted {
  LogPtr log;
  chat::Draft draft;
};

/// A verdict on its way back.
struct Answered {
  LogPtr log;
  chat::Verdict verdict;
};

}  // namespace palabre::store
