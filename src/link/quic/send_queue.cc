#include "link/quic/send_queue.h"

#include <algorithm>
#include <utility>

namespace palabre::link {

void SendQueue::push(Chunk chunk) {
  if (chunk == nullptr || chunk->empty()) return;
  held_ += chunk->size();
  chunks_.push_back(std::move(chunk));
}

std::size_t SendQueue::gather(std::span<std::string_view> pieces) const {
  const std::size_t count = std::min(pieces.size(), chunks_.size() - next_);
  for (std::size_t i = 0; i < count; ++i) {
    pieces[i] = std::string_view(*chunks_[next_ + i]).substr(i == 0 ? written_ : 0);
  }
  return count;
}

void SendQueue::on_written(std::size_t bytes) {
  written_ += bytes;
  while (has_unwritten() && written_ >= chunks_[next_]->size()) {
    written_ -= chunks_[next_]->size();
    ++next_;
  }
}

void SendQueue::on_acknowledged(std::size_t bytes) {
  held_ -= bytes;
  acknowledged_ += bytes;
  while (next_ > 0 && acknowledged_ >= chunks_.front()->size()) {
    acknowledged_ -= chunks_.front()->size();
    chunks_.pop_front();
    --next_;
  }
}

}  // namespace palabre::link
