#include "store/writer.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <variant>

namespace palabre::store {
namespace {

constexpr auto kDoubtPause = std::chrono::milliseconds(200);
/// How long the answers of a log wait for a removal: nobody registers meanwhile.
constexpr auto kMostHold = std::chrono::seconds(1);

std::size_t bytes_of(const chat::Draft& draft) {
  return sizeof(Posted) + draft.message->author.size() + draft.message->text.size() +
         draft.author.size() + (draft.id ? draft.id->text.size() : 0);
}

const chat::Draft& draft_of(const chat::Verdict& verdict) {
  return std::visit([](const auto& one) -> const chat::Draft& { return one.draft; }, verdict);
}

/// Whether the answer is of a draft that has begun a removal in slices.
bool begins_removal(const Answered& answered) {
  const auto* const kept = answered.verdict ? std::get_if<chat::Kept>(&*answered.verdict) : nullptr;
  if (kept == nullptr || kept->repeated || !kept->draft.removes) return false;
  return !std::holds_alternative<chat::Removal::One>(kept->draft.removes->what);
}

}  // namespace

Writer::Writer(LogTables tables, std::vector<LogPtr> logs, bool settled, Options options,
               Outside outside)
    : tables_(std::move(tables)),
      options_(std::move(options)),
      outside_(std::move(outside)),
      file_(file_id(options_.path)),
      beside_{{{wal_path(options_.path), file_id(wal_path(options_.path))},
               {shm_path(options_.path), file_id(shm_path(options_.path))}}},
      next_look_(now()),
      chores_(tables_, std::move(logs), options_, outside_, now()),
      settled_(settled) {
  if (!outside_.take_turns) {
    thread_ = std::thread([this] { run(); });
    return;
  }
  outside_.take_turns([this]() -> std::optional<std::int64_t> {
    do_turn(take_group());
    const auto next = next_wake();
    if (next == Clock::time_point::max()) return std::nullopt;
    return std::chrono::floor<std::chrono::microseconds>(next.time_since_epoch()).count();
  });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
    return;
  }
  for (auto group = take_group(); !group.empty(); group = take_group()) do_turn(std::move(group));
  finish();
}

void Writer::append(const LogPtr& log, chat::Draft draft) {
  const std::size_t bytes = bytes_of(draft);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const bool fits = unanswered_ < options_.sizes.waiting_drafts &&
                      unanswered_bytes_ + bytes <= options_.sizes.waiting_bytes;
    ++unanswered_;
    unanswered_bytes_ += bytes;
    if (fits) {
      put_in_group({log, std::move(draft)}, bytes);
    } else {
      wake = answered_.empty();
      answered_.push_back({log, chat::NotKept{std::move(draft), chat::Trouble::kTooMuchWaits}});
    }
  }
  if (wake) outside_.wake();
  changed_.notify_one();
}

void Writer::vacate(LogPtr log) {
  {
    const std::lock_guard lock(mutex_);
    put_in_group({std::move(log), std::nullopt}, 0);
  }
  changed_.notify_one();
}

Writer::Fill Writer::fill() const {
  const std::lock_guard lock(mutex_);
  return fill_;
}

std::vector<Answered> Writer::take_answers() {
  const std::lock_guard lock(mutex_);
  for (const Answered& answered : answered_) {
    if (!answered.verdict) continue;
    --unanswered_;
    unanswered_bytes_ -= bytes_of(draft_of(*answered.verdict));
  }
  return std::exchange(answered_, {});
}

std::optional<Error> Writer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::optional<std::vector<Posted>> Writer::wait_for_group() {
  const auto until = next_wake();
  std::unique_lock lock(mutex_);
  const auto is_wanted = [this] { return stopping_ || !waiting_.empty(); };
  // Some libraries overflow when they wait until `time_point::max()`.
  if (until == Clock::time_point::max()) {
    changed_.wait(lock, is_wanted);
  } else {
    changed_.wait_until(lock, until, is_wanted);
  }
  if (waiting_.empty() && stopping_) return std::nullopt;
  lock.unlock();
  return take_group();
}

std::vector<Posted> Writer::take_group() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return {};
  auto group = std::move(waiting_.front().posted);
  waiting_.pop_front();
  return group;
}

void Writer::put_in_group(Posted posted, std::size_t bytes) {
  const auto is_full = [this](const Group& group) {
    return group.posted.size() >= options_.sizes.group_drafts ||
           group.bytes >= options_.sizes.group_bytes;
  };
  if (waiting_.empty() || is_full(waiting_.back())) waiting_.emplace_back();
  waiting_.back().posted.push_back(std::move(posted));
  waiting_.back().bytes += bytes;
}

void Writer::answer(std::vector<Answered> answers) {
  if (answers.empty()) return;
  for (const Answered& one : answers) {
    if (one.verdict) refused_epochs_.note(*one.verdict);
  }
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = answered_.empty();
    if (wake) {
      answered_ = std::move(answers);
    } else {
      std::ranges::move(answers, std::back_inserter(answered_));
    }
  }
  if (wake) outside_.wake();
}

void Writer::fail(Error error) {
  failed_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
  }
  outside_.wake();
}

Writer::Clock::time_point Writer::next_wake() const {
  if (failed_) return Clock::time_point::max();
  const auto chore = settled_ ? chores_.next() : Clock::time_point::max();
  const auto next = holding_ ? std::min(chore, hold_until_) : chore;
  return doubtful_.empty() ? next : std::min(next, now() + kDoubtPause);
}

Writer::Clock::time_point Writer::now() const {
  if (!outside_.take_turns) return Clock::now();
  return Clock::time_point(std::chrono::microseconds(outside_.boot_clock()));
}

void Writer::run() {
  while (auto group = wait_for_group()) do_turn(std::move(*group));
  finish();
}

void Writer::do_turn(std::vector<Posted> group) {
  look_at_files(now());
  const std::size_t drafts = group.size();
  if (drafts > 0) {
    keep(std::move(group));
  } else if (!failed_ && !doubtful_.empty()) {
    if (auto settled = settle_doubt(); !settled) note(settled.error());
  }
  if (failed_ || !settled_) return;
  do_chores(drafts);
}

void Writer::finish() {
  next_look_ = now();
  look_at_files(next_look_);
  if (failed_) return;
  if (settled_ && doubtful_.empty()) {
    if (auto done = chores_.end(); !done) note(done.error());
    if (failed_) return;
  }
  // The last connection to close then removes the write-ahead log: a stopped store is one file.
  if (tables_.settle()) tables_.database().checkpoint_on_close();
}

void Writer::do_chores(std::size_t group_drafts) {
  const auto done = chores_.run(group_drafts, now());
  std::vector<Answered> news;
  auto removed = chores_.take_removed();
  if (!removed.empty()) news.push_back({nullptr, std::nullopt, std::move(removed)});
  for (LogPtr& log : chores_.take_vacant()) news.push_back({std::move(log), std::nullopt});
  answer(std::move(news));
  if (holding_ && (!tables_.is_removing() || now() >= hold_until_)) end_hold();
  if (!done) note(done.error());
  const std::lock_guard lock(mutex_);
  fill_ = {tables_.used(), chores_.free()};
}

std::filesystem::path Writer::lost_beside() {
  for (Beside& one : beside_) {
    const auto now = file_id(one.path);
    if (!one.id) one.id = now;
    if (one.id != now) return one.path;
  }
  return {};
}

void Writer::remove_foreign() {
  for (const Beside& one : beside_) {
    std::error_code ignored;
    if (file_id(one.path) != one.id) std::filesystem::remove(one.path, ignored);
  }
}

void Writer::look_at_files(Clock::time_point now) {
  if (failed_ || now < next_look_) return;
  next_look_ = now + options_.look_every;
  if (file_id(options_.path) == file_) {
    const std::filesystem::path lost = lost_beside();
    if (lost.empty()) return;
    // The writer still has the removed file open, so its contents can still be checkpointed.
    const bool is_whole = tables_.settle().has_value();
    if (is_whole) remove_foreign();
    return fail(
        {EX_IOERR,
         fmt::format("nothing more is kept in {}: {} was removed or replaced while the "
                     "server ran, {}",
                     options_.path.string(), lost.string(),
                     is_whole ? "and all messages before are in the file itself; start again"
                              : "and the latest messages are lost with it; restore a backup, "
                                "or look with palabre check, then start again")});
  }
  fail({EX_IOERR, "nothing more is kept in " + options_.path.string() +
                      ": the file was removed or replaced while the server ran; put it back or "
                      "restore a backup, then start again"});
}

void Writer::keep(std::vector<Posted> group) {
  if (failed_) return refuse(std::move(group), chat::Trouble::kDiskFailing);
  if (auto trouble = make_ready()) return refuse(std::move(group), *trouble);
  group = within_their_epochs(std::move(group));
  group.insert(group.begin(), vacating_.begin(), vacating_.end());
  vacating_.clear();
  if (group.empty()) return;
  auto outcome = tables_.keep(std::move(group), chores_.moment(now()));
  note_vacating(outcome.group);
  using What = LogTables::Outcome::What;
  switch (outcome.what) {
    case What::kCommitted:
      chores_.on_kept(outcome.answers, now());
      return answer(without_held(std::move(outcome.answers)));
    case What::kNotKept:
      return answer(std::move(outcome.answers));
    case What::kInDoubt:
      for (Posted& posted : outcome.group) {
        doubtful_.push_back(
            {std::move(posted.log), chat::NotKept{*std::move(posted.draft), outcome.trouble}});
      }
      note(outcome.error);
      if (auto settled = settle_doubt(); !settled) note(settled.error());
      return;
    case What::kLost:
      return lose(outcome.group, outcome.error);
  }
}

std::vector<Answered> Writer::without_held(std::vector<Answered> answers) {
  if (!holding_ && !tables_.is_removing()) return answers;
  std::vector<Answered> others;
  for (Answered& one : answers) {
    if (!holding_ && begins_removal(one)) {
      holding_ = one.log;
      hold_until_ = now() + kMostHold;
    }
    (one.log == holding_ ? held_ : others).push_back(std::move(one));
  }
  return others;
}

void Writer::end_hold() {
  holding_.reset();
  for (Answered& one : held_) {
    if (begins_removal(one)) std::get<chat::Kept>(*one.verdict).removes_on = tables_.is_removing();
  }
  answer(std::exchange(held_, {}));
}

void Writer::note_vacating(std::vector<Posted>& group) {
  const auto rooms = std::stable_partition(
      group.begin(), group.end(), [](const Posted& posted) { return posted.draft.has_value(); });
  std::move(rooms, group.end(), std::back_inserter(vacating_));
  group.erase(rooms, group.end());
}

std::optional<chat::Trouble> Writer::make_ready() {
  const auto trouble_with = [this](const SqlError& error) {
    note(error);
    return trouble_of(error);
  };
  if (!settled_) {
    if (auto settled = tables_.settle(); !settled) return trouble_with(settled.error());
    settled_ = true;
  }
  if (!doubtful_.empty()) {
    if (auto settled = settle_doubt(); !settled) return trouble_with(settled.error());
  }
  return std::nullopt;
}

SqlResult<void> Writer::settle_doubt() {
  TRY(tables_.fence());
  answer(std::exchange(doubtful_, {}));
  return {};
}

std::vector<Posted> Writer::within_their_epochs(std::vector<Posted> group) {
  const auto over = std::stable_partition(group.begin(), group.end(), [&](const Posted& posted) {
    return !posted.draft || !refused_epochs_.is_over(*posted.draft);
  });
  std::vector<Posted> refused(std::make_move_iterator(over), std::make_move_iterator(group.end()));
  group.erase(over, group.end());
  refuse(std::move(refused), chat::Trouble::kAfterAnother);
  return group;
}

void Writer::refuse(std::vector<Posted> group, chat::Trouble trouble) {
  note_vacating(group);
  std::vector<Answered> answers;
  for (Posted& posted : group) {
    // If it were reported as not kept, its author would send it under another id: it could be there
    // twice.
    const bool may_be_kept =
        posted.draft->id && lost_.contains({posted.draft->author, posted.draft->id->text});
    if (may_be_kept) continue;
    answers.push_back({std::move(posted.log), chat::NotKept{*std::move(posted.draft), trouble}});
  }
  answer(without_held(std::move(answers)));
}

void Writer::lose(const std::vector<Posted>& group, const SqlError& error) {
  for (const Posted& posted : group) {
    if (posted.draft->id) lost_.emplace(posted.draft->author, posted.draft->id->text);
  }
  note(error);
}

void Writer::note(const SqlError& error) {
  const bool is_final = error.fault == Fault::kSync || error.fault == Fault::kDamaged ||
                        error.fault == Fault::kForeign;
  if (is_final) fail(in_words("nothing more is kept in " + options_.path.string(), error));
}

}  // namespace palabre::store
