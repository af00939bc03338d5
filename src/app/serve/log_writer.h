#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace palabre::app {

/// Writes lines to a descriptor: synchronously until `start`, then on its own thread, so that
/// logging never blocks on a stopped terminal (Ctrl-S) or an unread pipe. Borrows the descriptor,
/// which must stay open until the process ends: the thread may outlive this object.
///
/// The queue is bounded: a line that does not fit is dropped. The number of dropped lines is
/// written in their place as soon as there is room.
class LogWriter {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  /// `in_place_of` formats the line that reports dropped lines. Called from either thread, one at a
  /// time.
  LogWriter(int descriptor, std::function<std::string(std::uint64_t lost)> in_place_of);
  /// Waits half a second at most for the queue to drain. A thread that is still blocked in a write
  /// then is detached.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Starts the thread. Call it after the process has given up its privileges: a thread keeps those
  /// that it starts with.
  void start();
  /// `line` ends with its newline. From one thread at a time.
  void write(std::string_view line);

 private:
  // Shared, since the writing thread may block for longer than this object lives.
  struct Shared;
  static void write_on(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace palabre::app
