#include <fmt/format.h>
#include <algorithm>

#include <set>
#include <utility>

#include "base/clock.h"
#include "client/chat/conversation.h"
#include "wire/text.h"

// Messages that were removed after they were shown.

namespace palabre::client {
namespace {

constexpr std::size_t kMostPrinted = 500;  // more than any screen has

}  // namespace

void Conversation::note_printed(const chat::RoomName& room, const client::Line& line,
                                std::uint64_t id) {
  if (line.message.kind == chat::Kind::kRemoved) return;
  printed_.push_back({id, room, line.number, line.kept_at});
  if (printed_.size() > kMostPrinted) printed_.pop_front();
}

void Conversation::see(const client::Removed& removed) {
  for (auto& [question, search] : searches_) {
    if (search.room == removed.room) redact(search, removed.numbers);
  }
  const bool is_exact = removed.numbers.is_exact();
  if (!is_exact) ask_which_are_removed(removed);
  const std::uint64_t replaced = is_exact ? take_off_screen(removed.room, removed.numbers) : 0;
  // Where the screen itself says it, nothing more needs to be said.
  if (is_exact && replaced == removed.numbers.count()) return;
  const std::string words = wire::in_words(removed.numbers);
  say(is_elsewhere(removed.room) ? fmt::format("{}: {}", removed.room.text, words) : words);
}

/// Replaces the messages on the screen. Returns how many have left no copy there.
std::uint64_t Conversation::take_off_screen(const chat::RoomName& room,
                                            const chat::NumberRanges& removed) {
  std::set<chat::Number> replaced;
  std::set<chat::Number> left;
  std::erase_if(printed_, [&](const Printed& one) {
    if (one.room != room || !removed.contains(one.number)) return false;
    const client::Line line{one.number, chat::removed_message(), one.kept_at};
    const bool is_done =
        terminal_->replace(one.id, words_.line(line, "", room, is_elsewhere(room)));
    (is_done ? replaced : left).insert(one.number);
    return true;
  });
  return static_cast<std::uint64_t>(std::count_if(
      replaced.begin(), replaced.end(), [&](chat::Number one) { return !left.contains(one); }));
}

/// Reads the end of the range again: that is where messages on the screen are.
void Conversation::ask_which_are_removed(const client::Removed& removed) {
  const auto [from, to] = removed.numbers.ranges().front();
  constexpr std::uint32_t kPage = client::Session::kPageLines;
  const std::uint64_t after =
      std::max(from.value - 1, to.value - std::min<std::uint64_t>(to.value, kPage));
  const auto asked = session().read(removed.room, {after}, kPage, clock_now());
  if (!asked) return;
  Search search{removed.room, "", to, {}, 0};
  search.is_for_removed = true;
  searches_.emplace(*asked, std::move(search));
}

void Conversation::see_removed(const client::Page& page) {
  chat::NumberRanges removed;
  for (const client::Line& line : page.lines) {
    if (line.message.kind == chat::Kind::kRemoved) removed.add({line.number, line.number});
  }
  take_off_screen(page.room, removed);
}

/// Of numbers that are not exact nothing is shown any more.
void Conversation::redact(Search& search, const chat::NumberRanges& removed) {
  if (!removed.is_exact() || !search.text.empty()) {
    std::erase_if(search.found,
                  [&](const client::Line& line) { return removed.contains(line.number); });
    return;
  }
  for (client::Line& line : search.found) {
    if (removed.contains(line.number)) line.message = chat::removed_message();
  }
}

}  // namespace palabre::client
