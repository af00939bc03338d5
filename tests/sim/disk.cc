#include "disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>

namespace palabre::sim {

std::string line_of(const chat::Message& message) {
  std::string line =
      message.kind == chat::Kind::kAction ? "* " + message.author + " " : message.author + "> ";
  for (const char c : message.text) line += c == '\n' ? "\n  " : std::string(1, c);
  return line;
}

void Journal::add(Commit commit) {
  const Commit& added = all_.emplace_back(std::move(commit));
  rooms_[added.room][added.number] = &added;
  if (added.id) ids_[{added.author, *added.id}] = &added;
}

const Commit* Journal::find(const std::string& room, std::uint64_t number) const {
  const auto log = rooms_.find(room);
  if (log == rooms_.end()) return nullptr;
  const auto found = log->second.find(number);
  return found == log->second.end() ? nullptr : found->second;
}

const Commit* Journal::find(const std::string& author, const std::string& id) const {
  const auto found = ids_.find({author, id});
  return found == ids_.end() ? nullptr : found->second;
}

std::uint64_t Journal::end(const std::string& room) const {
  const auto log = rooms_.find(room);
  return log == rooms_.end() ? 0 : log->second.rbegin()->first;
}

std::vector<std::string> Journal::rooms() const {
  std::vector<std::string> names;
  names.reserve(rooms_.size());
  for (const auto& [name, log] : rooms_) names.push_back(name);
  return names;
}

Disk::Log& Disk::log(const std::string& room, Random& random) {
  const auto [log, is_new] = logs_.try_emplace(room);
  if (is_new) log->second.id = {random.below(~std::uint64_t{0})};
  return log->second;
}

std::pair<bool, chat::Number> Disk::keep(const std::string& room, const chat::Draft& draft,
                                         Instant now) {
  Log& log = logs_.at(room);
  if (draft.id) {
    const auto [id, is_new] = ids_.try_emplace({draft.author, draft.id->text}, log.next);
    if (!is_new) return {true, id->second};
  }
  const chat::Number number = log.next;
  ++log.next.value;
  log.messages.push_back(draft.message);
  journal_.add({.room = room,
                .number = number.value,
                .author = draft.author,
                .id = draft.id ? std::optional(draft.id->text) : std::nullopt,
                .line = line_of(*draft.message),
                .text = draft.message->text,
                .when = now});
  return {false, number};
}

bool Disk::knows(const chat::Draft& draft) const {
  return draft.id && ids_.contains({draft.author, draft.id->text});
}

void Disk::retire(const std::string& room, chat::Number first) {
  Log& log = logs_.at(room);
  for (; log.first < first; ++log.first.value) log.messages.pop_front();
}

SimHistory::SimHistory(Disk& disk, const Troubles& troubles, Outside outside,
                       std::function<Instant()> clock)
    : disk_(disk), troubles_(troubles), outside_(std::move(outside)), clock_(std::move(clock)) {}

chat::Cursor SimHistory::open(chat::RoomId room, const chat::RoomName& name) {
  const Disk::Log& log = disk_.log(name.text, outside_.random);
  const auto [known, is_new] = logs_.try_emplace(name.text);
  if (is_new) known->second.end = {log.next.value - 1};
  known->second.room = room;
  rooms_.emplace(room, name.text);
  return {log.id, known->second.end};
}

void SimHistory::close(chat::RoomId room) {
  logs_.at(rooms_.at(room)).room.reset();
  rooms_.erase(room);
}

void SimHistory::append(chat::Draft draft) {
  const std::string& log = rooms_.at(draft.room);
  if (waiting_.size() >= troubles_.most_waiting) {
    return answer({log, chat::NotKept{std::move(draft), chat::Trouble::kTooMuchWaits}});
  }
  waiting_.push_back({log, std::move(draft)});
  expect_commit();
}

std::vector<chat::LogEvent> SimHistory::take_events() {
  // The writer runs in parallel with the server: it may finish between any two calls.
  if (!waiting_.empty() && outside_.random.chance(troubles_.quick)) commit();
  std::vector<chat::LogEvent> events;
  for (auto& [name, verdict] : std::exchange(answered_, {})) {
    Known& log = logs_.at(name);
    if (const auto* kept = std::get_if<chat::Kept>(&verdict); kept && !kept->repeated) {
      log.end = kept->number;
    }
    if (log.room) std::visit([&](auto& given) { given.draft.room = *log.room; }, verdict);
    events.push_back(chat::to_event(std::move(verdict)));
  }
  return events;
}

void SimHistory::read(const chat::Read& read) {
  const std::string& log = rooms_.at(read.room);
  asked_.push_back({log, read, logs_.at(log).end});
  if (outside_.random.chance(troubles_.quick)) {
    while (!asked_.empty()) answer_read();
    return;
  }
  outside_.later(delay(troubles_.read_delay), [this] {
    if (asked_.empty()) return;
    answer_read();
    outside_.wake();
  });
}

std::vector<chat::Slice> SimHistory::take_slices() {
  std::vector<chat::Slice> slices = std::exchange(slices_, {});
  std::erase_if(slices, [this](const chat::Slice& slice) { return !rooms_.contains(slice.room); });
  return slices;
}

bool SimHistory::Weather::turns_out_bad(Random& random, std::uint64_t percent) {
  if (left == 0) {
    bad = random.chance(percent);
    left = 1 + random.below(8);
  }
  --left;
  return bad;
}

Duration SimHistory::delay(Duration most) {
  return Duration(outside_.random.below(static_cast<std::uint64_t>(most.count()) + 1));
}

void SimHistory::expect_commit() {
  if (commit_expected_ || waiting_.empty()) return;
  commit_expected_ = true;
  outside_.later(delay(troubles_.commit_delay), [this] {
    commit_expected_ = false;
    commit();
    expect_commit();
  });
}

void SimHistory::commit() {
  constexpr std::size_t kMostInAGroup = 6;
  const std::size_t group =
      std::min<std::size_t>(waiting_.size(), 1 + outside_.random.below(kMostInAGroup));
  const bool refused = writing_.turns_out_bad(outside_.random, troubles_.refusing);
  for (std::size_t i = 0; i < group; ++i) {
    const Posted posted = std::move(waiting_.front());
    waiting_.pop_front();
    answer({posted.log, verdict_of(posted, refused)});
  }
  if (outside_.random.chance(troubles_.retiring)) retire_something();
}

chat::Verdict SimHistory::verdict_of(const Posted& posted, bool refused) {
  if (refused || refused_epochs_.is_over(posted.draft)) {
    return chat::NotKept{posted.draft, chat::Trouble::kDiskFull};
  }
  const auto log = disk_.logs().find(posted.log);
  const chat::Number next = log == disk_.logs().end() ? chat::Number{1} : log->second.next;
  if (posted.draft.is_barred_as(next) && !disk_.knows(posted.draft)) {
    return chat::NotKept{posted.draft, chat::Trouble::kBarred};
  }
  const auto [repeated, number] = disk_.keep(posted.log, posted.draft, clock_());
  outside_.note(fmt::format("disk {} #{}{}", posted.log, number.value, repeated ? " again" : ""));
  return chat::Kept{posted.draft, number, repeated, {}, true};
}

void SimHistory::retire_something() {
  auto log = disk_.logs().begin();
  std::advance(log, outside_.random.below(disk_.logs().size()));
  const std::uint64_t kept = log->second.next.value - log->second.first.value;
  const std::uint64_t first = log->second.first.value + outside_.random.below(kept + 1);
  disk_.retire(log->first, {first});
  outside_.note(fmt::format("disk {} from #{}", log->first, first));
}

void SimHistory::answer(Answered answered) {
  refused_epochs_.note(answered.verdict);
  answered_.push_back(std::move(answered));
  outside_.wake();
}

void SimHistory::answer_read() {
  slices_.push_back(slice_of(asked_.front()));
  asked_.pop_front();
}

chat::Slice SimHistory::slice_of(const Asked& asked) {
  using Why = chat::Missing::Why;
  chat::Slice slice{asked.what.id, asked.what.room, asked.what.after, asked.up_to, {}};
  chat::Number next{asked.what.after.value + 1};
  if (reading_.turns_out_bad(outside_.random, troubles_.unread)) {
    slice.entries.emplace_back(chat::Missing{next, asked.up_to, Why::kUnread});
    return slice;
  }
  const Disk::Log& log = disk_.logs().at(asked.log);
  if (next < log.first) {
    const chat::Number last{std::min(log.first.value - 1, asked.up_to.value)};
    slice.entries.emplace_back(chat::Missing{next, last, Why::kExpired});
    next = {last.value + 1};
  }
  for (std::size_t bytes = 0; next <= asked.up_to; ++next.value) {
    if (bytes >= asked.what.most_bytes && !slice.entries.empty()) break;
    if (outside_.random.chance(troubles_.damaged)) {
      const chat::Number last{std::min(next.value + outside_.random.below(3), asked.up_to.value)};
      slice.entries.emplace_back(chat::Missing{next, last, Why::kDamaged});
      next = last;
      continue;
    }
    const chat::MessagePtr& message = log.messages[next.value - log.first.value];
    bytes += message->author.size() + message->text.size();
    slice.entries.emplace_back(chat::PastMessage{next, message});
  }
  slice.up_to = {next.value - 1};
  return slice;
}

}  // namespace palabre::sim
