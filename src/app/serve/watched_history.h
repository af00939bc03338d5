#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "chat/history.h"

namespace palabre::app {

/// A history whose troubles whoever runs the server reads in the log: that messages are refused,
/// and why, and that they are kept again. However often that changes, the log has it once in
/// `kPause`. Borrows both.
class WatchedHistory final : public chat::History {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kPause{10};

  WatchedHistory(chat::History& history, spdlog::logger& log) : history_(history), log_(log) {}

  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override {
    return history_.open(room, name);
  }
  void close(chat::RoomId room) override { history_.close(room); }
  void append(chat::Draft draft) override { history_.append(std::move(draft)); }
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override { history_.read(read); }
  std::vector<chat::Slice> take_slices() override { return history_.take_slices(); }

 private:
  void look_at(const std::vector<chat::LogEvent>& events, Clock::time_point now);

  chat::History& history_;
  spdlog::logger& log_;
  std::uint64_t refused_ = 0;  ///< since messages were kept last
  std::optional<Clock::time_point> said_;
  bool is_said_ = false;  ///< the log says that messages are refused
};

}  // namespace palabre::app
