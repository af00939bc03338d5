#include "chat/memory_history.h"

#include <utility>

namespace palabre::chat {

MemoryHistory::MemoryHistory(std::function<std::uint64_t()> random) : random_(std::move(random)) {}

Cursor MemoryHistory::open(RoomId room, const RoomName& /*name*/) {
  return Cursor{LogId{random_()}, last_[room]};
}

void MemoryHistory::close(RoomId room) { last_.erase(room); }

void MemoryHistory::append(Draft draft) {
  Number& last = last_.at(draft.room);
  ++last.value;
  kept_.push_back(Kept{std::move(draft), last});
}

std::vector<Kept> MemoryHistory::take_kept() { return std::exchange(kept_, {}); }

}  // namespace palabre::chat
