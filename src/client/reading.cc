#include "client/reading.h"

#include <algorithm>
#include <iterator>

namespace palabre::client {
namespace {

constexpr std::size_t kMostHolesRemembered = 64;

std::size_t bytes_of(const Reading::Item& item) {
  const auto* const line = std::get_if<Line>(&item);
  return line == nullptr ? 0 : line->message.text.size() + line->message.author.size();
}

}  // namespace

void Reading::begin(chat::Cursor after, bool may_jump) {
  interrupt();
  if (begun_ && after.log == log_) return;
  begun_ = true;
  // Of another life of the room. What was answered there was said there, and is nowhere to be seen.
  for (auto& [number, own] : std::exchange(early_, {})) ready_.emplace_back(std::move(own));
  missing_.clear();
  log_ = after.log;
  begun_after_ = taken_ = received_ = after.number;
  may_jump_ = may_jump;
}

void Reading::interrupt() {
  std::deque<Item> stays;  // what is not sent again
  for (Item& item : ready_) {
    auto* const own = std::get_if<Own>(&item);
    const auto* const hole = std::get_if<Hole>(&item);
    if (own != nullptr && own->line.number > taken_) {
      early_.emplace(own->line.number.value, std::move(*own));
    } else if (own != nullptr || (hole != nullptr && hole->new_log)) {
      stays.push_back(std::move(item));
    }
  }
  ready_ = std::move(stays);
  ready_bytes_ = 0;
  received_ = taken_;
}

void Reading::add(Line line) {
  if (line.number <= received_) return;
  step_to({line.number.value - 1});
  const auto own = early_.extract(line.number.value);
  if (own.empty()) {
    push(std::move(line));
  } else {
    push_own(std::move(own.mapped()));
  }
  take_own_due();
}

void Reading::add_own(Own own, bool in_order) {
  const chat::Number number = own.line.number;
  if (number > received_) {
    if (in_order && may_jump_) step_to({number.value - 1});
    early_.emplace(number.value, std::move(own));
    take_own_due();
    return;
  }
  for (Item& item : ready_) {
    const auto* const line = std::get_if<Line>(&item);
    if (line == nullptr || line->number != number) continue;
    ready_bytes_ -= bytes_of(item);
    item = std::move(own);
    return;
  }
  own.was_shown = number > begun_after_ && !was_missing(number);
  ready_.emplace_back(std::move(own));
}

void Reading::add_hole(Hole hole) {
  if (hole.new_log) {
    ready_.emplace_back(std::move(hole));
    return;
  }
  if (hole.to <= received_ || hole.to < hole.from) return;
  hole.from = std::max(hole.from, {received_.value + 1});
  if (hole.from.value > received_.value + 1) step_to({hole.from.value - 1});
  const chat::Number to = hole.to;
  missing_.emplace_back(hole.from, to);
  if (missing_.size() > kMostHolesRemembered) missing_.pop_front();
  ready_.emplace_back(std::move(hole));
  received_ = to;
  may_jump_ = false;
  while (!early_.empty() && early_.begin()->first <= to.value) {
    ready_.emplace_back(std::move(early_.extract(early_.begin()).mapped()));
  }
  take_own_due();
}

/// Between what was received and `before` comes nothing more but what was answered early.
void Reading::step_to(chat::Number before) {
  while (received_ < before) {
    const auto next = early_.begin();
    const chat::Number until = next == early_.end() ? before : std::min(before, {next->first - 1});
    if (received_ < until) {
      // A server that leaves numbers out without a word has lost them, or we have.
      if (!may_jump_) {
        missing_.emplace_back(chat::Number{received_.value + 1}, until);
        if (missing_.size() > kMostHolesRemembered) missing_.pop_front();
        ready_.emplace_back(Hole{{received_.value + 1}, until, false, "They did not come."});
      }
      received_ = until;
    }
    may_jump_ = false;
    if (received_ < before) push_own(std::move(early_.extract(early_.begin()).mapped()));
  }
}

void Reading::push(Line line) {
  received_ = line.number;
  may_jump_ = false;
  ready_.emplace_back(std::move(line));
  ready_bytes_ += bytes_of(ready_.back());
}

void Reading::push_own(Own own) {
  received_ = own.line.number;
  may_jump_ = false;
  ready_.emplace_back(std::move(own));
}

void Reading::take_own_due() {
  while (!early_.empty() && early_.begin()->first == received_.value + 1) {
    push_own(std::move(early_.extract(early_.begin()).mapped()));
  }
}

bool Reading::was_missing(chat::Number number) const {
  return std::any_of(missing_.begin(), missing_.end(), [&](const auto& hole) {
    return hole.first <= number && number <= hole.second;
  });
}

bool Reading::is_too_much() const {
  return ready_.size() > kMostHeldLines || ready_bytes_ > kMostHeldBytes;
}

std::vector<Reading::Item> Reading::take() {
  if (held_ && !is_too_much()) return {};
  ready_bytes_ = 0;
  taken_ = std::max(taken_, received_);
  auto all = std::exchange(ready_, {});
  return {std::make_move_iterator(all.begin()), std::make_move_iterator(all.end())};
}

std::vector<Reading::Own> Reading::give_up() {
  std::vector<Own> all;
  for (Item& item : std::exchange(ready_, {})) {
    if (auto* const own = std::get_if<Own>(&item)) all.push_back(std::move(*own));
  }
  for (auto& [number, own] : std::exchange(early_, {})) all.push_back(std::move(own));
  return all;
}

}  // namespace palabre::client
