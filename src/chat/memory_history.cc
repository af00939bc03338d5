#include "chat/memory_history.h"

#include <utility>
#include <variant>

namespace palabre::chat {
namespace {

bool is_by(const Removal::By& by, const std::string& owner, const std::optional<Network>& network) {
  if (by.owner && *by.owner == owner) return true;
  return by.network && network && by.network->contains(*network);
}

}  // namespace

MemoryHistory::MemoryHistory(std::function<std::uint64_t()> random, std::function<WallTime()> wall)
    : random_(std::move(random)), wall_(std::move(wall)) {}

Cursor MemoryHistory::open(RoomId room, const RoomName& name) {
  Log& log = logs_[room];
  log.name = name;
  return Cursor{LogId{random_()}, log.last};
}

void MemoryHistory::close(RoomId room) { logs_.erase(room); }

void MemoryHistory::append(Draft draft) {
  Log& log = logs_.at(draft.room);
  const Log::First next{{log.last.value + 1}, wall_()};
  const bool is_known = draft.id && log.firsts.contains({draft.author, draft.id->text});
  if (draft.is_barred_as(next.number) && !is_known) {
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
  if (draft.removes) remove(*draft.removes);
  log.last = next.number;
  log.said.push_back({next.number, draft.owner, draft.network, next.kept_at});
  if (log.said.size() > kMostSaid) log.said.pop_front();
  events_.push_back(to_event(Kept{std::move(draft), next.number, false, next.kept_at}));
}

void MemoryHistory::remove(const Removal& removal) {
  const auto* const one = std::get_if<Removal::One>(&removal.what);
  const auto* const by = std::get_if<Removal::By>(&removal.what);
  const auto* const all = std::get_if<Removal::All>(&removal.what);
  for (auto& [room, log] : logs_) {
    Removed removed{log.name, {}};
    const bool is_here = all == nullptr || all->room == log.name;
    if (one != nullptr) {
      const bool is_there = one->room == log.name && one->number.value > 0;
      if (is_there && one->number <= log.last) removed.numbers.push_back(one->number);
    } else if (is_here && log.name.text != kRegistryRoom) {
      std::erase_if(log.said, [&](const Said& said) {
        const bool is_it =
            by == nullptr || (said.kept_at >= by->since && is_by(*by, said.owner, said.network));
        if (is_it) removed.numbers.push_back(said.number);
        return is_it;
      });
    }
    if (!removed.numbers.empty()) events_.emplace_back(std::move(removed));
  }
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
