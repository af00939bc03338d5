#include "server/room_tail.h"

#include <variant>

namespace palabre::server {

void RoomTail::push(const chat::RoomAdvanced& advanced, std::string answer,
                    std::size_t most_bytes) {
  Line line = form_.message(advanced.number, *advanced.message, advanced.kept_at);
  line.author = advanced.author_session;
  line.answer = std::move(answer);
  const std::size_t size = line.bytes.size() + line.answer.size();
  tail_.push(std::move(line));
  tail_.shorten(std::max(most_bytes, size));
}

const Lines* RoomTail::covering(chat::Number cursor) const {
  if (tail_.cover(cursor)) return &tail_;
  return past_ && past_->cover(cursor) ? &*past_ : nullptr;
}

bool RoomTail::take(const chat::Slice& slice) {
  is_reading_ = false;
  past_.emplace(slice.after);
  for (const auto& entry : slice.entries) {
    if (const auto* past = std::get_if<chat::PastMessage>(&entry)) {
      Line line = form_.message(past->number, *past->message, past->kept_at);
      line.is_removed = past->message->kind == chat::Kind::kRemoved;
      past_->push(std::move(line));
      continue;
    }
    chat::Missing missing = std::get<chat::Missing>(entry);
    // Messages in the tail are not missing. They come before the rest of this slice.
    const bool is_at_hand = tail_.before() < missing.to;
    missing.to = std::min(missing.to, tail_.before());
    if (missing.from <= missing.to) {
      auto gap = form_.gap(missing);
      if (!gap) return false;
      past_->push(*std::move(gap));
    }
    if (is_at_hand) break;
  }
  return true;
}

void RoomTail::redact(const std::vector<chat::Number>& numbers) {
  const chat::Message removed = chat::removed_message();
  for (const chat::Number number : numbers) {
    if (!tail_.span(number) && !(past_ && past_->span(number))) continue;
    Line line = form_.message(number, removed, {});
    line.is_removed = true;
    if (past_) past_->replace(line);
    tail_.replace(line);
  }
}

}  // namespace palabre::server
