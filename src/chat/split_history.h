#pragma once

#include <cstddef>
#include <iterator>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "chat/history.h"
#include "chat/memory_history.h"

namespace palabre::chat {

/// Combines two histories: the rooms named in `rooms` are in `those`, all others in `others`. Both
/// are borrowed, and must outlive this object. A removal that comes with a draft for one of them is
/// carried out in both.
class SplitHistory final : public History {
 public:
  SplitHistory(History& others, MemoryHistory& those, std::set<RoomName> rooms)
      : first_(others), second_(those), names_(std::move(rooms)) {}

  Cursor open(RoomId room, const RoomName& name) override {
    if (names_.contains(name)) seconds_.insert(room);
    return of(room).open(room, name);
  }
  void close(RoomId room) override {
    of(room).close(room);
    seconds_.erase(room);
  }
  void append(Draft draft) override {
    History& log = of(draft.room);
    if (draft.removes && &log != &second_) second_.remove(*draft.removes);
    log.append(std::move(draft));
  }
  std::vector<LogEvent> take_events() override {
    // What a draft removes in the other history is told before the draft is.
    auto events = first_.take_events();
    return both(second_.take_events(), std::move(events));
  }
  void read(const Read& read) override { of(read.room).read(read); }
  std::vector<Slice> take_slices() override {
    return both(first_.take_slices(), second_.take_slices());
  }

 private:
  template <typename T>
  static std::vector<T> both(std::vector<T> all, std::vector<T> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
    return all;
  }
  History& of(RoomId room) {
    return seconds_.contains(room) ? static_cast<History&>(second_) : first_;
  }

  History& first_;
  MemoryHistory& second_;
  std::set<RoomName> names_;
  std::unordered_set<RoomId> seconds_;  // open rooms of `second_`
};

}  // namespace palabre::chat
