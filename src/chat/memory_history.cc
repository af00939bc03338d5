#include "chat/memory_history.h"

#include <utility>

namespace palabre::chat {

MemoryHistory::MemoryHistory(std::function<std::uint64_t()> random) : random_(std::move(random)) {}

Cursor MemoryHistory::open(RoomId room, const RoomName& /*name*/) {
  return Cursor{LogId{random_()}, logs_[room].last};
}

void MemoryHistory::close(RoomId room) { logs_.erase(room); }

void MemoryHistory::append(Draft draft) {
  Log& log = logs_.at(draft.room);
  const Number next{log.last.value + 1};
  if (draft.id) {
    const auto [known, is_new] = log.numbers.try_emplace({draft.author, draft.id->text}, next);
    if (!is_new) {
      verdicts_.emplace_back(Kept{std::move(draft), known->second, true});
      return;
    }
    log.ids.push_back(known->first);
    if (log.ids.size() > kMostIds) {
      log.numbers.erase(log.ids.front());
      log.ids.pop_front();
    }
  }
  log.last = next;
  verdicts_.emplace_back(Kept{std::move(draft), next});
}

std::vector<Verdict> MemoryHistory::take_verdicts() { return std::exchange(verdicts_, {}); }

void MemoryHistory::read(RoomId room, Number after, std::size_t /*most_bytes*/) {
  const Number last = logs_.at(room).last;
  slices_.push_back(
      Slice{room, after, last, {Missing{{after.value + 1}, last, Missing::Why::kNotKept}}});
}

std::vector<Slice> MemoryHistory::take_slices() { return std::exchange(slices_, {}); }

}  // namespace palabre::chat
