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

/// The thread that reads slices, each in a short transaction of its own: a long one would keep the
/// write-ahead log from being emptied.
class Reader {
 public:
  struct Request {
    LogPtr log;
    chat::Read what;
    chat::Number up_to;
  };

  /// `most_slices`: slices that may be asked for and not taken. `most_entries`: of each slice.
  /// `wake` is called from any thread when there are slices to take.
  Reader(LogReader log_reader, std::size_t most_slices, std::size_t most_entries,
         std::function<void()> wake);
  /// Requests that wait are not read.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Beyond `most_slices` the request is answered at once, as unread.
  void enqueue(Request request);
  /// In the order of asking, except for requests beyond `most_slices`.
  std::vector<chat::Slice> take_slices();

  /// These messages were removed, and the removal is committed: slices taken from now on have
  /// tombstones in their places, also those that were read before.
  void redact(const chat::Removed& removed);

 private:
  void run();

  LogReader log_reader_;  // used by the reader's thread only
  const std::size_t most_slices_;
  const std::size_t most_entries_;
  const std::function<void()> wake_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> waiting_;
  struct Done {
    LogPtr log;
    chat::Slice slice;
  };
  std::vector<Done> read_;
  bool is_reading_ = false;
  std::vector<chat::Removed> removed_meanwhile_;  ///< during the read under way
  std::size_t not_taken_ = 0;
  bool stopping_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace palabre::store
