#include "drivers/paged_history.h"

#include <memory>
#include <utility>
#include <variant>

namespace palabre::server {

chat::Cursor PagedHistory::open(chat::RoomId room, const chat::RoomName& name) {
  names_[room] = name.text;
  return {{log}, {books_[name.text].size()}};
}

void PagedHistory::close(chat::RoomId room) { names_.erase(room); }

void PagedHistory::append(chat::Draft draft) {
  ++appended;
  if (fails) {
    events_.push_back(chat::to_event(chat::NotKept{std::move(draft), chat::Trouble::kDiskFull}));
    return;
  }
  auto& book = books_[names_.at(draft.room)];
  const WallTime at{1'000'000};
  const bool is_known = draft.id && firsts_.contains({draft.author, draft.id->text});
  if (draft.is_barred_as({book.size() + 1}) && !is_known) {
    events_.push_back(chat::to_event(chat::NotKept{std::move(draft), chat::Trouble::kBarred}));
    return;
  }
  if (draft.id) {
    const auto [first, is_new] =
        firsts_.try_emplace({draft.author, draft.id->text}, chat::Number{book.size() + 1});
    if (!is_new) {
      events_.push_back(
          chat::to_event(chat::Kept{std::move(draft), first->second, true, at, true}));
      return;
    }
  }
  const chat::Number number{book.size() + 1};
  book.push_back({number, draft.message, at});
  events_.push_back(chat::to_event(chat::Kept{std::move(draft), number, false, at, true}));
}

std::vector<chat::LogEvent> PagedHistory::take_events() {
  if (holds_verdicts) return {};
  return std::exchange(events_, {});
}

void PagedHistory::read(const chat::Read& read) {
  ++reads;
  const auto& book = books_[names_.at(read.room)];
  chat::Slice slice{read.id, read.room, read.after, read.after, {}};
  if (unread > 0) {
    --unread;
    slice.up_to = {book.size()};
    slice.entries.emplace_back(
        chat::Missing{{read.after.value + 1}, slice.up_to, chat::Missing::Why::kUnread});
  }
  for (std::size_t bytes = 0; slice.up_to.value < book.size() && bytes < read.most_bytes;) {
    slice.entries.emplace_back(book[slice.up_to.value++]);
    bytes += book[slice.up_to.value - 1].message->text.size();
  }
  slices_.push_back(std::move(slice));
}

void PagedHistory::remove(const std::string& room, const std::vector<chat::Number>& numbers) {
  const auto removed = std::make_shared<const chat::Message>(chat::removed_message());
  for (const chat::Number number : numbers) {
    books_[room].at(number.value - 1).message = removed;
    for (chat::Slice& slice : slices_) {
      if (names_[slice.room] != room) continue;
      for (auto& entry : slice.entries) {
        auto* const past = std::get_if<chat::PastMessage>(&entry);
        if (past != nullptr && past->number == number) past->message = removed;
      }
    }
  }
  events_.emplace_back(chat::Removed{{room}, numbers});
}

std::vector<chat::Slice> PagedHistory::take_slices() {
  if (holds_slices) return {};
  return std::exchange(slices_, {});
}

}  // namespace palabre::server
