#include "net/member_feed.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "wire/member_frames.h"

namespace palabre::net {

void MemberFeed::push(chat::Number number, chat::SessionId author, std::string frame,
                      std::string answer) {
  if (const auto reader = cursors_.find(author); reader != cursors_.end() && !answer.empty()) {
    reader->second.answers.push_back({number, std::move(answer)});
  }
  const std::size_t most = std::max(sizes_.tail_bytes, frame.size());
  tail_.push(Line{number, author, {}, std::move(frame)});
  tail_.shorten(most);
  shared_.clear();
}

bool MemberFeed::take(const chat::Slice& slice) {
  reading_ = false;
  wanted_.reset();  // whoever still waits after this says so again
  past_.emplace(slice.after);
  for (const auto& entry : slice.entries) {
    if (const auto* past = std::get_if<chat::PastMessage>(&entry)) {
      past_->push(Line{past->number,
                       {},
                       {},
                       wire::encode_message(room_, past->number, *past->message, past->kept_at)});
      continue;
    }
    chat::Missing missing = std::get<chat::Missing>(entry);
    if (missing.why == chat::Missing::Why::kUnread) return false;
    // What is at hand is not missing, and comes before whatever else this slice has.
    const bool is_at_hand = tail_.before() < missing.to;
    missing.to = std::min(missing.to, tail_.before());
    if (missing.from <= missing.to) {
      past_->push(Line{missing.to, {}, {}, wire::encode_gap(room_, missing), {}, true});
    }
    if (is_at_hand) break;
  }
  return true;
}

std::optional<chat::Number> MemberFeed::add_reader(chat::SessionId session,
                                                   const chat::Start& start) {
  readers_.push_back(session);
  Reader& reader = cursors_[session];
  const std::uint64_t end = tail_.up_to().value;
  if (!start.after) {
    reader.cursor = {end - std::min(end, start.last)};
    return std::nullopt;
  }
  if (start.after->log != log_) return start.after->number;
  reader.cursor = std::min(start.after->number, tail_.up_to());
  return std::nullopt;
}

std::size_t MemberFeed::remove_reader(chat::SessionId session) {
  const auto reader = cursors_.find(session);
  const std::size_t answers = reader->second.answers.size();
  cursors_.erase(reader);
  std::erase(readers_, session);
  return answers;
}

MemberFeed::Due MemberFeed::next(chat::SessionId session) {
  Reader& reader = cursors_.at(session);
  if (reader.cursor < tail_.up_to()) {
    const bool is_behind = !tail_.cover(reader.cursor);
    if (is_behind && !(past_ && past_->cover(reader.cursor))) {
      wanted_ = std::min(wanted_.value_or(reader.cursor), reader.cursor);
      return {};
    }
    if (!is_behind && reader.answers.empty()) {
      const Run& run = shared_run(reader.cursor);
      reader.cursor = run.up_to;
      return {run.chunk};
    }
    return run_for(is_behind ? *past_ : tail_, reader);
  }
  return {};
}

const MemberFeed::Run& MemberFeed::shared_run(chat::Number cursor) {
  const auto [known, is_new] = shared_.try_emplace(cursor);
  if (!is_new) return known->second;
  std::string bytes;
  Run& run = known->second;
  for (auto line = tail_.after(cursor); line != tail_.end(); ++line) {
    if (!bytes.empty() && bytes.size() + line->bytes.size() > sizes_.chunk_bytes) break;
    bytes += line->bytes;
    run.up_to = line->number;
  }
  run.chunk = std::make_shared<const std::string>(std::move(bytes));
  return run;
}

MemberFeed::Due MemberFeed::run_for(const Lines& lines, Reader& reader) const {
  std::string bytes;
  Due due;
  auto& answers = reader.answers;
  for (auto line = lines.after(reader.cursor); line != lines.end(); ++line) {
    if (!bytes.empty() && bytes.size() + line->bytes.size() > sizes_.chunk_bytes) break;
    bool is_answered = false;
    // A gap may stand for several messages; the answers to one's own are not lost in it.
    for (; !answers.empty() && answers.front().number <= line->number; answers.pop_front()) {
      is_answered = answers.front().number == line->number && !line->is_gap;
      bytes += answers.front().frame;
      ++due.answers;
    }
    // An own one that was answered when it did not read here comes as others' do.
    if (!is_answered) bytes += line->bytes;
    reader.cursor = line->number;
  }
  due.chunk = std::make_shared<const std::string>(std::move(bytes));
  return due;
}

std::optional<chat::Number> MemberFeed::next_read() {
  if (reading_ || !wanted_) return std::nullopt;
  reading_ = true;
  // The one furthest behind first: what is read for it may be what others wait for next.
  return std::exchange(wanted_, std::nullopt);
}

}  // namespace palabre::net
