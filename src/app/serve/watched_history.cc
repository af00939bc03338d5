#include "app/serve/watched_history.h"

#include <string_view>
#include <variant>

namespace palabre::app {
namespace {

std::string_view reason(chat::Trouble trouble) {
  switch (trouble) {
    case chat::Trouble::kDiskFull:
      return "the disk is full, or a quota or ulimit -f is reached; make room";
    case chat::Trouble::kDiskFailing:
      return "the disk fails; look at it";
    case chat::Trouble::kLocked:
      return "another program has locked palabre.db; end it";
    case chat::Trouble::kTooManyRooms:
      return "no more rooms can be kept";
    case chat::Trouble::kTooMuchWaits:
      return "the disk is slower than the talk";
    case chat::Trouble::kDamagedId:
      return "an ID is damaged";
    case chat::Trouble::kAfterAnother:  // these follow from another, or are no history's
    case chat::Trouble::kBarred:
    case chat::Trouble::kDamagedRegistry:
    case chat::Trouble::kRegistryFull:
      break;
  }
  return "another message goes first";
}

}  // namespace

std::vector<chat::LogEvent> WatchedHistory::take_events() {
  auto events = history_.take_events();
  if (!events.empty()) look_at(events, Clock::now());
  return events;
}

void WatchedHistory::look_at(const std::vector<chat::LogEvent>& events, Clock::time_point now) {
  for (const chat::LogEvent& event : events) {
    if (const auto* refused = std::get_if<chat::NotKept>(&event)) {
      // One ID's trouble, or one author's, or none of the disk's: all else is kept.
      const bool is_of_one = refused->trouble == chat::Trouble::kDamagedId ||
                             refused->trouble == chat::Trouble::kAfterAnother ||
                             refused->trouble == chat::Trouble::kBarred;
      if (is_of_one) continue;
      ++refused_;
      if (is_said_ || (said_ && now - *said_ < kPause)) continue;
      log_.error("messages are refused: {}", reason(refused->trouble));
      is_said_ = true;
      said_ = now;
    } else if (is_said_) {
      log_.info("messages are kept again; {} were refused", refused_);
      is_said_ = false;
      refused_ = 0;
    }
  }
}

}  // namespace palabre::app
