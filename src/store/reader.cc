#include "store/reader.h"

#include <utility>

namespace palabre::store {

Reader::Reader(LogReader log_reader, std::size_t most_slices, std::size_t most_entries,
               std::function<void()> wake)
    : log_reader_(std::move(log_reader)),
      most_slices_(most_slices),
      most_entries_(most_entries),
      wake_(std::move(wake)),
      thread_([this] { run(); }) {}

Reader::~Reader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Reader::enqueue(Request request) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (not_taken_++ < most_slices_) {
      waiting_.push_back(std::move(request));
    } else {
      wake = read_.empty();
      read_.push_back(
          {request.what.id,
           request.what.room,
           request.what.after,
           request.up_to,
           {chat::Missing{
               {request.what.after.value + 1}, request.up_to, chat::Missing::Why::kUnread}}});
    }
  }
  if (wake) wake_();
  changed_.notify_one();
}

std::vector<chat::Slice> Reader::take_slices() {
  const std::lock_guard lock(mutex_);
  not_taken_ -= read_.size();
  return std::exchange(read_, {});
}

void Reader::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Request request = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    chat::Slice slice = log_reader_.read({request.log->row_id, request.what.after, request.up_to,
                                          request.what.most_bytes, most_entries_});
    slice.id = request.what.id;
    slice.room = request.what.room;
    lock.lock();
    const bool wake = read_.empty();
    read_.push_back(std::move(slice));
    lock.unlock();
    if (wake) wake_();
    lock.lock();
  }
}

}  // namespace palabre::store
