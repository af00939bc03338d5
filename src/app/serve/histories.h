#pragma once

#include <spdlog/logger.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/serve/serve_options.h"
#include "base/forward_clock.h"
#include "base/result.h"
#include "base/time.h"
#include "chat/history.h"
#include "chat/memory_history.h"
#include "chat/split_history.h"
#include "store/sqlite_history.h"

namespace palabre::app {

/// The history behind the rooms, by the options: all rooms on disk, all in memory, or some of each.
/// Used on the hub's thread.
class Histories {
 public:
  using Random = std::function<std::uint64_t()>;

  /// `wake` is called from any thread when `history` has events to take, or has failed. The store
  /// is `file`, whose folder must exist.
  static Result<std::unique_ptr<Histories>> open(const ServeOptions& options,
                                                 const std::filesystem::path& file,
                                                 const Random& random, std::function<void()> wake,
                                                 spdlog::logger& log);

  chat::History& history() { return split_; }
  /// Rooms of which messages are, or were, stored.
  std::vector<chat::RoomName> kept_rooms() const {
    return kept_ ? kept_->rooms() : std::vector<chat::RoomName>();
  }
  /// The wall clock, but never earlier than the latest time that this store has seen, in this run
  /// or an earlier one: an expired invite stays expired.
  WallTime wall();
  /// The failure after which nothing is stored any more; the server ends because of it. Nothing:
  /// there was none.
  std::optional<Error> failure() const { return kept_ ? kept_->failure() : std::nullopt; }
  /// Counts of messages that could not be stored.
  store::SqliteHistory::Refusals refusals() const {
    return kept_ ? kept_->refusals() : store::SqliteHistory::Refusals();
  }
  /// How full the store is.
  store::SqliteHistory::Fill fill() const {
    return kept_ ? kept_->fill() : store::SqliteHistory::Fill();
  }
  /// Whether authors wait for the answer to a post. False after a failure: they get none.
  bool is_awaited() const { return kept_ && kept_->unanswered() > 0 && !failure(); }

 private:
  Histories(const ServeOptions& options, const Random& random,
            std::unique_ptr<store::SqliteHistory> kept, spdlog::logger& log);

  chat::MemoryHistory memory_;
  std::unique_ptr<store::SqliteHistory> kept_;
  chat::SplitHistory split_;
  ForwardClock clock_;
};

}  // namespace palabre::app
