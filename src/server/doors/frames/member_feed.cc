#include "server/doors/frames/member_feed.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "wire/member_frames.h"

namespace palabre::server {

void MemberFeed::push(chat::Number number, chat::SessionId author, std::string frame,
                      std::string answer) {
  if (const auto reader = cursors_.find(author); reader != cursors_.end() && !answer.empty()) {
    reader->second.answers.push_back({number, std::move(answer)});
  }
  const std::size_t most = std::max(sizes_.tail_bytes, frame.size());
  tail_.push(Line{number, author, {}, std::move(frame)});
  tail_.shorten(most);
  shared_.clear();
  shared_bytes_ = 0;
}

bool MemberFeed::take(const chat::Slice& slice) {
  reading_ = false;
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
  stop_waiting(reader->second);
  cursors_.erase(reader);
  std::erase(readers_, session);
  return answers;
}

MemberFeed::Due MemberFeed::next(chat::SessionId session) {
  Reader& reader = cursors_.at(session);
  if (reader.cursor < tail_.up_to()) {
    const bool is_behind = !tail_.cover(reader.cursor);
    if (is_behind && !(past_ && past_->cover(reader.cursor))) {
      wait(session, reader);
      return {};
    }
    stop_waiting(reader);
    if (!is_behind && reader.answers.empty()) {
      const Run& run = shared_run(reader.cursor);
      reader.cursor = run.up_to;
      return {run.chunk};
    }
    return run_for(is_behind ? *past_ : tail_, reader);
  }
  return {};
}

void MemberFeed::wait(chat::SessionId session, Reader& reader) {
  if (reader.ticket != 0) return;
  reader.ticket = ++last_ticket_;
  waiting_.emplace(reader.ticket, session);
}

void MemberFeed::stop_waiting(Reader& reader) {
  if (const std::uint64_t ticket = std::exchange(reader.ticket, 0)) waiting_.erase(ticket);
}

const MemberFeed::Run& MemberFeed::shared_run(chat::Number cursor) {
  if (const auto known = shared_.find(cursor); known != shared_.end()) return known->second;
  std::string bytes;
  Run run;
  for (auto line = tail_.after(cursor); line != tail_.end(); ++line) {
    if (!bytes.empty() && bytes.size() + line->bytes.size() > sizes_.chunk_bytes) break;
    bytes += line->bytes;
    run.up_to = line->number;
  }
  // A reader can make as many of them as there are messages, by its cursors.
  if (shared_bytes_ + bytes.size() > sizes_.tail_bytes) {
    shared_.clear();
    shared_bytes_ = 0;
  }
  shared_bytes_ += bytes.size();
  run.chunk = std::make_shared<const std::string>(std::move(bytes));
  return shared_.emplace(cursor, std::move(run)).first->second;
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
  if (reading_ || waiting_.empty()) return std::nullopt;
  reading_ = true;
  Reader& reader = cursors_.at(waiting_.begin()->second);
  stop_waiting(reader);
  return reader.cursor;
}

}  // namespace palabre::server
