#include "app/serve/log_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace palabre::app {
namespace {

constexpr auto kFarewell = std::chrono::milliseconds(500);

/// Waits until the descriptor is writable. False: the rest of `bytes` is lost.
bool write_part(int descriptor, std::string_view& bytes) {
  pollfd room{descriptor, POLLOUT, 0};
  ::poll(&room, 1, -1);  // if it fails, the write reports why
  // A writable pipe takes PIPE_BUF bytes without blocking.
  const ssize_t written =
      ::write(descriptor, bytes.data(), std::min(bytes.size(), std::size_t{PIPE_BUF}));
  if (written < 0) return errno == EAGAIN || errno == EINTR;
  bytes.remove_prefix(static_cast<std::size_t>(written));
  return true;
}

}  // namespace

struct LogWriter::Shared {
  const int descriptor;
  const std::function<std::string(std::uint64_t)> in_place_of;

  std::mutex mutex = {};
  std::condition_variable changed = {};
  std::string queue = {};
  std::uint64_t lost = 0;
  bool is_ending = false;
  bool is_over = false;

  /// With the lock held.
  void say_lost() {
    if (lost > 0) queue += in_place_of(std::exchange(lost, 0));
  }
};

LogWriter::LogWriter(int descriptor, std::function<std::string(std::uint64_t)> in_place_of)
    : shared_(new Shared{descriptor, std::move(in_place_of)}) {}

LogWriter::~LogWriter() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(shared_->mutex);
  shared_->is_ending = true;
  shared_->changed.notify_all();
  const bool is_over =
      shared_->changed.wait_for(lock, kFarewell, [this] { return shared_->is_over; });
  lock.unlock();
  if (is_over) {
    thread_.join();
  } else {
    thread_.detach();  // it is blocked in a write, and ends with the process
  }
}

void LogWriter::start() {
  thread_ = std::thread([shared = shared_] { write_on(shared); });
}

void LogWriter::write(std::string_view line) {
  if (!thread_.joinable()) {
    while (!line.empty() && write_part(shared_->descriptor, line)) {
    }
    return;
  }
  const std::lock_guard lock(shared_->mutex);
  if (shared_->queue.size() + line.size() > kMostBytes) {
    ++shared_->lost;
    return;
  }
  shared_->say_lost();
  shared_->queue += line;
  shared_->changed.notify_all();
}

void LogWriter::write_on(const std::shared_ptr<Shared>& shared) {
  std::string taken;
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->is_ending || !shared->queue.empty(); });
    if (shared->queue.empty()) break;
    taken.clear();
    taken.swap(shared->queue);
    lock.unlock();
    for (std::string_view rest = taken; !rest.empty();) {
      if (!write_part(shared->descriptor, rest)) break;
    }
    lock.lock();
    shared->say_lost();
  }
  shared->is_over = true;
  shared->changed.notify_all();
}

}  // namespace palabre::app
