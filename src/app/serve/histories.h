#pragma once

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

/// The history behind the rooms, of what the options want of it: kept, in memory, or some so and
/// some so. The thread of the hub.
class Histories {
 public:
  using Random = std::function<std::uint64_t()>;

  /// `wake` is called from any thread when `history` has something to take, or has failed. What is
  /// kept is in `file`, whose folder is there already.
  static Result<std::unique_ptr<Histories>> open(const ServeOptions& options,
                                                 const std::filesystem::path& file,
                                                 const Random& random, std::function<void()> wake,
                                                 spdlog::logger& log);

  chat::History& history() { return split_; }
  /// Of which something is kept, or was.
  std::vector<chat::RoomName> kept_rooms() const {
    return kept_ ? kept_->rooms() : std::vector<chat::RoomName>();
  }
  /// The wall clock, but never behind where it has been, in this life of the store or an earlier
  /// one: what is over by it stays over.
  WallTime wall();
  /// Why nothing is kept any more, if so; what the server ends over.
  std::optional<Error> failure() const { return kept_ ? kept_->failure() : std::nullopt; }
  /// Messages that could not be kept.
  store::SqliteHistory::Refusals refusals() const {
    return kept_ ? kept_->refusals() : store::SqliteHistory::Refusals();
  }
  /// Whether authors wait to hear what becomes of their messages.
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
