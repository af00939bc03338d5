#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chat/history.h"

namespace palabre::server {

/// A history in memory that also keeps closed rooms. Its answers can be held back.
class PagedHistory final : public chat::History {
 public:
  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override;
  void close(chat::RoomId room) override;
  void append(chat::Draft draft) override;
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override;
  std::vector<chat::Slice> take_slices() override;

  /// Removes messages of the room, and reports that. Requires numbers in order.
  void remove(const std::string& room, const std::vector<chat::Number>& numbers);

  const std::vector<chat::PastMessage>& book(const std::string& room) { return books_[room]; }

  std::uint64_t log = 1;  ///< the log id of rooms opened from now on
  bool fails = false;
  bool holds_verdicts = false;
  bool holds_slices = false;
  std::size_t unread = 0;  ///< the number of next reads that fail
  std::size_t reads = 0;
  std::size_t appended = 0;

 private:
  std::map<std::string, std::vector<chat::PastMessage>> books_;
  std::map<std::pair<std::string, std::string>, chat::Number> firsts_;  // by author and id
  std::map<chat::RoomId, std::string> names_;
  std::vector<chat::LogEvent> events_;
  std::vector<chat::Slice> slices_;
};

}  // namespace palabre::server
