#include "store/reader.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "store/rows.h"

namespace palabre::store {
namespace {

void redact_slice(const chat::RoomName& room, chat::Slice& slice, const chat::Removed& removed) {
  if (room != removed.room) return;
  for (auto& entry : slice.entries) {
    auto* const past = std::get_if<chat::PastMessage>(&entry);
    if (past != nullptr && std::ranges::binary_search(removed.numbers, past->number)) {
      past->message = tombstone();
    }
  }
}

}  // namespace

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
      chat::Slice slice{request.what.id, request.what.room, request.what.after, request.up_to, {}};
      slice.entries.emplace_back(chat::Missing{
          {request.what.after.value + 1}, request.up_to, chat::Missing::Why::kUnread});
      read_.push_back({std::move(request.log), std::move(slice)});
    }
  }
  if (wake) wake_();
  changed_.notify_one();
}

std::vector<chat::Slice> Reader::take_slices() {
  std::vector<chat::Slice> slices;
  const std::lock_guard lock(mutex_);
  not_taken_ -= read_.size();
  slices.reserve(read_.size());
  for (Done& done : read_) slices.push_back(std::move(done.slice));
  read_.clear();
  return slices;
}

void Reader::redact(const chat::Removed& removed) {
  const std::lock_guard lock(mutex_);
  for (Done& done : read_) redact_slice(done.log->name, done.slice, removed);
  if (is_reading_) removed_meanwhile_.push_back(removed);
}

void Reader::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Request request = std::move(waiting_.front());
    waiting_.pop_front();
    is_reading_ = true;
    lock.unlock();
    chat::Slice slice = log_reader_.read({request.log->row_id, request.what.after, request.up_to,
                                          request.what.most_bytes, most_entries_});
    slice.id = request.what.id;
    slice.room = request.what.room;
    lock.lock();
    is_reading_ = false;
    for (const chat::Removed& removed : std::exchange(removed_meanwhile_, {})) {
      redact_slice(request.log->name, slice, removed);
    }
    const bool wake = read_.empty();
    read_.push_back({request.log, std::move(slice)});
    lock.unlock();
    if (wake) wake_();
    lock.lock();
  }
}

}  // namespace palabre::store
