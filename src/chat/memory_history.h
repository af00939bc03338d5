#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "chat/history.h"

namespace palabre::chat {

/// The history of rooms that promise nothing: it numbers, and forgets a room that closes. A message
/// is kept at once, and only for those who are there.
class MemoryHistory final : public History {
 public:
  /// `random` draws the id of each new log; it is called on the hub's thread.
  explicit MemoryHistory(std::function<std::uint64_t()> random);

  Cursor open(RoomId room, const RoomName& name) override;
  void close(RoomId room) override;
  void append(Draft draft) override;
  std::vector<Kept> take_kept() override;

 private:
  std::function<std::uint64_t()> random_;
  std::unordered_map<RoomId, Number> last_;
  std::vector<Kept> kept_;
};

}  // namespace palabre::chat
