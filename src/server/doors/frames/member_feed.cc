#include "server/doors/frames/member_feed.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "wire/member_frames.h"

namespace palabre::server {

Line FrameForm::message(chat::Number number, const chat::Message& message, WallTime kept_at) const {
  return {number, {}, {}, wire::encode_message(room_, number, message, kept_at)};
}

std::optional<Line> FrameForm::gap(const chat::Missing& missing) const {
  if (missing.why == chat::Missing::Why::kUnread) return std::nullopt;
  return Line{missing.to, {}, {}, wire::encode_gap(room_, missing), {}, true};
}

void MemberFeed::push(const chat::RoomAdvanced& advanced, std::string answer) {
  const auto reader = cursors_.find(advanced.author_session);
  if (reader != cursors_.end() && !answer.empty()) {
    reader->second.answers.push_back({advanced.number, std::move(answer)});
  }
  room_.push(advanced, {}, sizes_.tail_bytes);
  shared_.clear();
  shared_bytes_ = 0;
}

std::optional<chat::Number> MemberFeed::add_reader(chat::SessionId session,
                                                   const chat::Start& start) {
  readers_.push_back(session);
  Reader& reader = cursors_[session];
  const std::uint64_t end = room_.end().value;
  if (!start.after) {
    reader.cursor = {end - std::min(end, start.last)};
    return std::nullopt;
  }
  if (start.after->log != log_) return start.after->number;
  reader.cursor = std::min(start.after->number, room_.end());
  return std::nullopt;
}

std::vector<std::string> MemberFeed::remove_reader(chat::SessionId session) {
  const auto reader = cursors_.find(session);
  std::vector<std::string> answers;
  for (Answer& answer : reader->second.answers) answers.push_back(std::move(answer.frame));
  stop_waiting(reader->second);
  cursors_.erase(reader);
  std::erase(readers_, session);
  return answers;
}

MemberFeed::Due MemberFeed::next(chat::SessionId session) {
  Reader& reader = cursors_.at(session);
  if (reader.cursor < room_.end()) {
    const Lines* const lines = room_.covering(reader.cursor);
    if (lines == nullptr) {
      wait(session, reader);
      return {};
    }
    stop_waiting(reader);
    if (lines == &room_.tail() && reader.answers.empty()) {
      const Run& run = shared_run(reader.cursor);
      reader.cursor = run.up_to;
      return {run.chunk};
    }
    return run_for(*lines, reader);
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
  for (auto line = room_.tail().after(cursor); line != room_.tail().end(); ++line) {
    if (!bytes.empty() && bytes.size() + line->bytes.size() > sizes_.chunk_bytes) break;
    bytes += line->bytes;
    run.up_to = line->number;
  }
  // Readers at different cursors can fill the cache with one chunk per message.
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
    // A gap may cover several messages; the answers to own posts among them are still given.
    for (; !answers.empty() && answers.front().number <= line->number; answers.pop_front()) {
      is_answered = answers.front().number == line->number && !line->is_gap;
      // Its author would else show the text when the answer comes.
      if (is_answered && line->is_removed) bytes += line->bytes;
      bytes += answers.front().frame;
      ++due.answers;
    }
    // An own message that was answered while the session did not read here is sent like others'.
    if (!is_answered) bytes += line->bytes;
    reader.cursor = line->number;
  }
  due.chunk = std::make_shared<const std::string>(std::move(bytes));
  return due;
}

std::optional<chat::Number> MemberFeed::next_read() {
  if (room_.is_reading() || waiting_.empty()) return std::nullopt;
  room_.begin_reading();
  Reader& reader = cursors_.at(waiting_.begin()->second);
  stop_waiting(reader);
  return reader.cursor;
}

}  // namespace palabre::server
