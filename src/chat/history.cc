#include "chat/history.h"

#include <utility>

namespace palabre::chat {
namespace {

LogEvent event_of(Kept&& kept) {
  DraftRef ref{kept.draft.session, std::move(kept.draft.id)};
  const RoomId room = kept.draft.room;
  if (kept.repeated) {
    return Repeated{room, kept.number, kept.kept_at, kept.on_disk, std::move(ref)};
  }
  return Advanced{room,           kept.number,  std::move(kept.draft.message),
                  kept.kept_at,   kept.on_disk, std::move(ref),
                  kept.removes_on};
}

LogEvent event_of(NotKept&& not_kept) { return std::move(not_kept); }

}  // namespace

LogEvent to_event(Verdict verdict) {
  return std::visit([](auto& one) { return event_of(std::move(one)); }, verdict);
}

}  // namespace palabre::chat
