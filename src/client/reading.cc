#include "client/reading.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace palabre::client {
namespace {

constexpr std::size_t kMostHolesRemembered = 64;

std::size_t bytes_of(const Line& line) {
  return line.message.text.size() + line.message.author.size();
}
std::size_t bytes_of(const Reading::Own& own) { return bytes_of(own.line); }
std::size_t bytes_of(const Reading::Hole& hole) { return hole.words.size(); }

std::size_t bytes_of(const Reading::Item& item) {
  return std::visit([](const auto& one) { return bytes_of(one); }, item);
}

}  // namespace

void Reading::begin(chat::Cursor after, bool may_jump) {
  interrupt();
  if (begun_ && after.log == log_) return;
  begun_ = true;
  // Answers of the former log: their messages are not in this log and would never be shown.
  for (auto& [number, own] : std::exchange(early_, {})) put(std::move(own));
  missing_.clear();
  log_ = after.log;
  begun_after_ = taken_ = received_ = after.number;
  may_jump_ = may_jump;
}

void Reading::interrupt() {
  auto all = std::exchange(ready_, {});
  ready_bytes_ = 0;
  received_ = taken_;
  for (Item& item : all) {
    auto* const own = std::get_if<Own>(&item);
    const auto* const hole = std::get_if<Hole>(&item);
    if (own != nullptr && own->line.number > taken_) {
      keep_early(std::move(*own));
    } else if (own != nullptr || (hole != nullptr && hole->new_log)) {
      put(std::move(item));  // the server does not send it again
    }
  }
  // A hole that was not taken may be filled on the next link.
  std::erase_if(missing_, [this](const auto& hole) { return hole.first > taken_; });
  for (auto& hole : missing_) hole.second = std::min(hole.second, taken_);
}

void Reading::add(Line line) {
  if (line.number <= received_) return;
  step_to({line.number.value - 1});
  const auto own = early_.extract(line.number.value);
  if (own.empty()) {
    push(std::move(line));
  } else {
    if (line.message.kind == chat::Kind::kRemoved) own.mapped().line.message = line.message;
    push_own(std::move(own.mapped()));
  }
  take_own_due();
}

void Reading::add_own(Own own, bool in_order) {
  const chat::Number number = own.line.number;
  if (number > received_) {
    if (in_order && may_jump_) step_to({number.value - 1});
    keep_early(std::move(own));
    if (early_.size() > kMostEarly) step_to({early_.begin()->first - 1});
    take_own_due();
    return;
  }
  for (Item& item : ready_) {
    const auto* const line = std::get_if<Line>(&item);
    if (line == nullptr || line->number != number) continue;
    if (line->message.kind == chat::Kind::kRemoved) own.line.message = line->message;
    ready_bytes_ -= bytes_of(item);
    ready_bytes_ += bytes_of(own);
    item = std::move(own);
    return;
  }
  own.was_shown = number > begun_after_ && !was_missing(number);
  put(std::move(own));
}

void Reading::add_hole(Hole hole) {
  if (hole.new_log) {
    put(std::move(hole));
    return;
  }
  if (hole.to <= received_ || hole.to < hole.from) return;
  hole.from = std::max(hole.from, {received_.value + 1});
  if (hole.from.value > received_.value + 1) step_to({hole.from.value - 1});
  const chat::Number to = hole.to;
  missing_.emplace_back(hole.from, to);
  if (missing_.size() > kMostHolesRemembered) missing_.pop_front();
  put(std::move(hole));
  received_ = to;
  may_jump_ = false;
  while (!early_.empty() && early_.begin()->first <= to.value) {
    put(std::move(early_.extract(early_.begin()).mapped()));
  }
  take_own_due();
}

/// Moves `received_` to `before`: early answers take their places, and the other numbers become
/// holes unless `may_jump_`.
void Reading::step_to(chat::Number before) {
  while (received_ < before) {
    const auto next = early_.begin();
    const chat::Number until = next == early_.end() ? before : std::min(before, {next->first - 1});
    if (received_ < until) {
      // The server skipped numbers without a `Gap`: a fault, its or ours.
      if (!may_jump_) {
        missing_.emplace_back(chat::Number{received_.value + 1}, until);
        if (missing_.size() > kMostHolesRemembered) missing_.pop_front();
        put(Hole{{received_.value + 1}, until, false, "They did not come."});
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
  put(std::move(line));
}

void Reading::push_own(Own own) {
  received_ = own.line.number;
  may_jump_ = false;
  put(std::move(own));
}

void Reading::put(Item item) {
  ready_bytes_ += bytes_of(item);
  ready_.push_back(std::move(item));
}

/// If a server gives two posts the same number, the second has no place of its own: it is passed on
/// at once, as already shown.
void Reading::keep_early(Own own) {
  const std::uint64_t number = own.line.number.value;
  if (!early_.contains(number)) {
    early_.emplace(number, std::move(own));
    return;
  }
  own.was_shown = true;
  put(std::move(own));
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

bool Reading::redact(const chat::NumberRanges& removed) {
  const auto take_text = [](Line& line) { line.message = chat::removed_message(); };
  for (Item& item : ready_) {
    auto* const own = std::get_if<Own>(&item);
    auto* const line = own != nullptr ? &own->line : std::get_if<Line>(&item);
    if (line == nullptr || !removed.contains(line->number)) continue;
    if (!removed.is_exact()) return false;
    ready_bytes_ -= bytes_of(item);
    take_text(*line);
    ready_bytes_ += bytes_of(item);
  }
  for (auto& [number, own] : early_) {
    if (removed.is_exact() && removed.contains({number})) take_text(own.line);
  }
  return true;
}

std::vector<Reading::Item> Reading::take_items() {
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
