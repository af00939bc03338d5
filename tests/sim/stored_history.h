#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "chat/history.h"
#include "sqlite_disk.h"
#include "store/options.h"
#include "store/sqlite_history.h"
#include "world.h"

namespace palabre::sim {

/// The real store on a simulated disk: its writer makes a turn when the seed says so, its reader is
/// waited for, and their answers come later. One thread at a time is awake, so a seed gives one
/// story.
class StoredHistory final : public chat::History {
 public:
  struct Pace {
    std::uint64_t quick = 50;  ///< percent: work that is done before its delay
    Duration commit_delay{};   ///< the most
    Duration read_delay{};     ///< the most
  };
  struct Clocks {
    std::function<Instant()> now;
    std::function<std::int64_t()> wall;  ///< microseconds since 1970
  };
  /// Sees what goes in and comes out. May be empty.
  struct Observer {
    std::function<void(const chat::RoomName&, const chat::Draft&)> appended;
    std::function<void(const chat::RoomName&, const chat::LogEvent&)> took;
  };

  /// The disk outlives the history, and is running.
  static Result<std::unique_ptr<StoredHistory>> open(SqliteDisk& disk, store::Options options,
                                                     const Pace& pace, const Outside& outside,
                                                     Clocks clocks, Observer observer);

  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override;
  void close(chat::RoomId room) override;
  void append(chat::Draft draft) override;
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override;
  std::vector<chat::Slice> take_slices() override;

  /// Called once if nothing more is kept: the process is to end.
  std::function<void()> on_failure;
  const store::SqliteHistory& store() const { return *inner_; }

 private:
  StoredHistory(SqliteDisk& disk, const Pace& pace, const Outside& outside, Clocks clocks,
                Observer observer)
      : disk_(disk),
        pace_(pace),
        outside_(outside),
        clocks_(std::move(clocks)),
        observer_(std::move(observer)) {}

  std::int64_t boot_clock() const;
  Duration delay(Duration most);
  void expect_turn(Duration after);
  void make_turn();
  void answer_read();
  /// Whether the store has called since the last time.
  bool was_woken();
  void pass_on_wake();

  SqliteDisk& disk_;
  const Pace pace_;
  Outside outside_;
  Clocks clocks_;
  Observer observer_;
  store::Outside::WriterTurn turn_;
  std::optional<Instant> turn_at_;
  std::deque<chat::Read> asked_;
  std::vector<chat::Slice> slices_;
  std::unordered_map<chat::RoomId, chat::RoomName> names_;  // of the open rooms
  std::unordered_map<chat::RoomId, chat::RoomName> ever_;   // of all rooms
  bool has_failed_ = false;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;

  std::unique_ptr<store::SqliteHistory> inner_;  // last: its threads use the above
};

}  // namespace palabre::sim
