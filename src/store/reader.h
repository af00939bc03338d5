#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "chat/history.h"
#include "store/log.h"
#include "store/log_reader.h"

namespace palabre::store {

/// The thread that reads slices, each in a short transaction of its own: a longer one would keep
/// the write-ahead log from being emptied.
class Reader {
 public:
  struct Request {
    LogPtr log;
    chat::Read what;
    chat::Number up_to;
  };

  /// `most_slices` may be asked for and not taken, each of `most_entries`. `wake` is called from
  /// any thread when there are slices to take.
  Reader(LogReader log_reader, std::size_t most_slices, std::size_t most_entries,
         std::function<void()> wake);
  /// What waits is not read any more.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Beyond the end of the queue it is answered at once that nothing can be read.
  void ask(Request request);
  /// In the order of asking, but for those beyond the end of the queue.
  std::vector<chat::Slice> take();

 private:
  void run();

  LogReader log_reader_;  // the reader's thread's own
  const std::size_t most_slices_;
  const std::size_t most_entries_;
  const std::function<void()> wake_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> waiting_;
  std::vector<chat::Slice> read_;
  std::size_t not_taken_ = 0;
  bool stopping_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace palabre::store
