#include "app/serve/histories.h"

#include <utility>

#include "base/clock.h"
#include "store/options.h"

namespace palabre::app {

Histories::Histories(const ServeOptions& options, const Random& random,
                     std::unique_ptr<store::SqliteHistory> kept, spdlog::logger& log)
    : memory_(random, wall_clock_now),
      kept_(std::move(kept)),
      split_(kept_ ? static_cast<chat::History&>(*kept_) : memory_, memory_, options.memory_rooms),
      clock_(kept_ ? kept_->latest_wall() : 0, wall_clock_now().microseconds,
             store::boot_clock_of_system()) {
  const std::int64_t behind = clock_.latest() - wall_clock_now().microseconds;
  if (behind > 60 * kMicrosecondsPerSecond) {
    log.warn("the clock was set back by {} s: invites that have expired stay expired",
             behind / kMicrosecondsPerSecond);
  }
}

WallTime Histories::wall() {
  return {clock_.look(wall_clock_now().microseconds, store::boot_clock_of_system())};
}

Result<std::unique_ptr<Histories>> Histories::open(const ServeOptions& options,
                                                   const std::filesystem::path& file,
                                                   const Random& random, std::function<void()> wake,
                                                   spdlog::logger& log) {
  if (options.memory)
    return std::unique_ptr<Histories>(new Histories(options, random, nullptr, log));
  store::Options kept;
  kept.path = file;
  kept.retention = options.keep;
  kept.reserved_rooms = options.invitation_rooms;
  kept.reserved_rooms.insert({std::string(chat::kLobby)});
  TRY(auto history,
      store::SqliteHistory::open(
          kept, store::Outside{.wake = std::move(wake),
                               .random = random,
                               .wall_clock = [] { return wall_clock_now().microseconds; },
                               .vfs = {}}));
  return std::unique_ptr<Histories>(new Histories(options, random, std::move(history), log));
}

}  // namespace palabre::app
