#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace palabre::app {

/// Writes lines to a descriptor, which it borrows: at once until `start`, and from then on by a
/// thread of its own, so that nobody who logs waits for a terminal that was stopped (Ctrl-S) or for
/// a pipe that nobody reads.
///
/// The queue is bounded: a line that does not fit is lost. How many were is said in their place, as
/// soon as there is room.
class LogWriter {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  /// `in_place_of`: the line that says how many are lost. Called from either thread, one at a time.
  LogWriter(int descriptor, std::function<std::string(std::uint64_t lost)> in_place_of);
  /// Waits half a second for what is queued; then it is lost.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Once the process has given up its privileges: a thread keeps those that it begins with.
  void start();
  /// With its newline. From one thread at a time.
  void write(std::string_view line);

 private:
  // Of both threads: the one that writes may be held up for longer than this lives.
  struct Shared;
  static void write_on(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace palabre::app
