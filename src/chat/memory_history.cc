#include "chat/memory_history.h"

#include <utility>

namespace palabre::chat {

MemoryHistory::MemoryHistory(std::function<std::uint64_t()> random, std::function<WallTime()> wall)
    : random_(std::move(random)), wall_(std::move(wall)) {}

Cursor MemoryHistory::open(RoomId room, const RoomName& /*name*/) {
  return Cursor{LogId{random_()}, logs_[room].last};
}

void MemoryHistory::close(RoomId room) { logs_.erase(room); }

void MemoryHistory::append(Draft draft) {
  Log& log = logs_.at(draft.room);
  const Log::First next{{log.last.value + 1}, wall_()};
  if (draft.bar != Draft::Bar::kNone && !log.firsts.contains({draft.author, draft.id->text})) {
    events_.push_back(to_event(NotKept{std::move(draft), Trouble::kBarred}));
    return;
  }
  if (draft.id) {
    const auto [known, is_new] = log.firsts.try_emplace({draft.author, draft.id->text}, next);
    if (!is_new) {
      const Log::First& first = known->second;
      events_.push_back(to_event(Kept{std::move(draft), first.number, true, first.kept_at}));
      return;
    }
    log.ids.push_back(known->first);
    if (log.ids.size() > kMostIds) {
      log.firsts.erase(log.ids.front());
      log.ids.pop_front();
    }
  }
  log.last = next.number;
  events_.push_back(to_event(Kept{std::move(draft), next.number, false, next.kept_at}));
}

std::vector<LogEvent> MemoryHistory::take_events() { return std::exchange(events_, {}); }

void MemoryHistory::read(const Read& read) {
  const Number last = logs_.at(read.room).last;
  slices_.push_back(Slice{read.id,
                          read.room,
                          read.after,
                          last,
                          {Missing{{read.after.value + 1}, last, Missing::Why::kNotKept}}});
}

std::vector<Slice> MemoryHistory::take_slices() { return std::exchange(slices_, {}); }

}  // namespace palabre::chat
