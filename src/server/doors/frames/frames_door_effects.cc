#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "server/doors/frames/frames_door.h"

// Carries out the hub's effects, and delivers to the links.

namespace palabre::server {
namespace {

// Rooms that the disk does not give are read again after this time.
constexpr Duration kUnreadPause = std::chrono::seconds(1);
constexpr std::size_t kPageBytes = std::size_t{48} << 10;

/// Translates a request for the past into a page.
chat::ReadPast::Page page_of(const chat::ReadPast& read, chat::Number end) {
  if (const auto* page = std::get_if<chat::ReadPast::Page>(&read.what)) return *page;
  if (const auto* from = std::get_if<chat::ReadPast::From>(&read.what)) {
    return {{std::max<std::uint64_t>(from->number.value, 1) - 1}, wire::kMostPageMessages};
  }
  const std::uint64_t count = std::min(std::get<chat::ReadPast::Last>(read.what).count, end.value);
  const auto fits = std::min<std::uint64_t>(count, wire::kMostPageMessages);
  return {{end.value - fits}, static_cast<std::uint32_t>(fits)};
}

/// The page that has nothing, after `after`.
chat::Slice empty_page(chat::RoomId room, chat::Number after) {
  return {{}, room, after, after, {}};
}

/// Requires numbers in order.
void redact(chat::Slice& slice, const std::vector<chat::Number>& numbers) {
  for (auto& entry : slice.entries) {
    auto* const past = std::get_if<chat::PastMessage>(&entry);
    if (past == nullptr || !std::binary_search(numbers.begin(), numbers.end(), past->number)) {
      continue;
    }
    past->message = std::make_shared<const chat::Message>(chat::removed_message());
  }
}

/// Whether the event is the answer to a post.
bool answers_post(const chat::Event& event) {
  if (std::holds_alternative<chat::Acknowledged>(event)) return true;
  const auto* refused = std::get_if<chat::Refused>(&event);
  return refused != nullptr && chat::post_refused_by(refused->refusal);
}

}  // namespace

void FramesDoor::carry_out(const chat::Effect& effect) {
  std::visit([this](const auto& one) { on(one); }, effect);
}

void FramesDoor::on(const chat::OpenRoom& effect) {
  feeds_.emplace(effect.room, MemberFeed(effect.room, effect.end, outside_.feed));
}

void FramesDoor::on(const chat::CloseRoom& effect) {
  feeds_.erase(effect.room);
  unread_until_.erase(effect.room);
  unread_.erase(effect.room);
  // Sessions that asked for a page have left, and nothing of a closed room may be read.
  std::erase_if(askers_, [&](const auto& asker) {
    if (asker.second.room != effect.room) return false;
    if (asker.second.page) give_page(*asker.second.page, empty_page(effect.room, {}));
    return true;
  });
  std::erase_if(reads_, [&](const chat::Read& read) { return read.room == effect.room; });
}

void FramesDoor::on(const chat::StartReading& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  found->second.rooms.push_back(effect.room);
  const auto had = feeds_.at(effect.room).add_reader(effect.session, effect.start);
  if (had) found->second.gap = {effect.room, *had};
  is_due(effect.session, found->second);
}

void FramesDoor::on(const chat::StopReading& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  std::erase(session.rooms, effect.room);
  session.changed.erase(effect.room);
  if (!effect.stays) {
    session.removed.erase(effect.room);
    // The session is told no more of this room, so not what is removed from the page either.
    if (session.page && session.page->slice.room == effect.room) {
      session.page->slice = empty_page(effect.room, session.page->slice.after);
    }
  }
  const auto answers = feeds_.at(effect.room).remove_reader(effect.session);
  for (const std::string& frame : answers) answer(effect.session, session, frame);
  answered(effect.session, session, answers.size());
}

void FramesDoor::on(const chat::ShowPast& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  const chat::Number end = feeds_.at(effect.room).end().number;
  const chat::ReadPast::Page page = page_of(effect.what, end);
  if (page.after >= end) {
    return answer(effect.session, found->second,
                  wire::encode_past(empty_page(effect.room, page.after), 0, effect.tag));
  }
  found->second.awaits_page = true;
  request_slice(effect.room, page.after, kPageBytes, Page{effect.session, page.count, effect.tag});
}

void FramesDoor::request_slice(chat::RoomId room, chat::Number after, std::size_t most_bytes,
                               std::optional<Page> page) {
  askers_.emplace(++last_read_, Asker{room, page});
  reads_.push_back({{last_read_, index()}, room, after, most_bytes});
}

void FramesDoor::on(const chat::RoomAdvanced& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end()) return;  // all readers left before the message was kept
  if (!feed->second.is_read()) return feed->second.skip(effect.number);
  std::string answer;
  if (effect.answer && effect.author_session.door == index()) {
    answer = wire::encode_event(*effect.answer, {});
  }
  feed->second.push(effect, std::move(answer));
  advanced_.insert(effect.room);
}

void FramesDoor::on(const chat::RoomRedacted& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end() || effect.numbers.empty()) return;
  feed->second.redact(effect.numbers);
  const chat::NumberRanges numbers(effect.numbers);
  const auto removal = std::make_shared<const Removal>(Removal{
      numbers, std::make_shared<const std::string>(wire::encode_removed(effect.room, numbers))});
  for (const chat::SessionId reader : feed->second.readers()) {
    Session& session = sessions_.at(reader);
    if (session.page && session.page->slice.room == effect.room) {
      redact(session.page->slice, effect.numbers);
    }
    auto& untold = session.removed[effect.room];
    if (untold) {
      chat::NumberRanges all = untold->numbers;
      all.add(numbers);
      untold = std::make_shared<const Removal>(Removal{std::move(all), nullptr});
    } else {
      untold = removal;
    }
    is_due(reader, session);
  }
}

/// Requires that the link has room.
void FramesDoor::give_removals(Session& session) {
  for (const auto& [room, removal] : std::exchange(session.removed, {})) {
    session.link->send(removal->frame ? removal->frame
                                      : std::make_shared<const std::string>(
                                            wire::encode_removed(room, removal->numbers)));
  }
}

void FramesDoor::answered(chat::SessionId id, Session& session, std::size_t posts) {
  session.unanswered -= std::min(session.unanswered, posts);
  if (session.unread > 0) ask_later(id, session);
}

void FramesDoor::on(const chat::Tell& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  if (const auto* const changed = std::get_if<chat::RoomChanged>(&effect.event)) {
    session.changed.erase(changed->room);
    if (effect.tag == chat::Tag()) {
      session.changed[changed->room] = wire::encode_event(effect.event, effect.tag);
      return is_due(effect.session, session);
    }
  }
  const auto* const joined = std::get_if<chat::Joined>(&effect.event);
  const chat::Cursor end = joined == nullptr ? chat::Cursor() : feeds_.at(joined->room).end();
  answer(effect.session, session, wire::encode_event(effect.event, effect.tag, end));
  if (joined != nullptr && session.gap) {
    // The log of a kept room has no lasting id before its first message, so nothing is lost with
    // it.
    const bool is_lost = !joined->promise.kept || session.gap->second.value > 0;
    if (is_lost) {
      answer(effect.session, session,
             wire::encode_new_log(session.gap->first, session.gap->second));
    }
    session.gap.reset();
  }
  if (answers_post(effect.event)) {
    // An author that has left the room is answered here too, and has said something.
    const auto* const kept = std::get_if<chat::Acknowledged>(&effect.event);
    if (kept == nullptr || kept->repeated) posts_.give_back(session.poster);
    answered(effect.session, session, 1);
  }
  if (session.state != State::kLoggingIn) return;
  if (std::holds_alternative<chat::LoggedIn>(effect.event)) {
    ++counts_.logins;
    session.state = State::kOnline;
  } else if (std::holds_alternative<chat::Refused>(effect.event)) {
    ++counts_.logins_refused;
    session.state = State::kChallenged;
    answer(effect.session, session, challenge(session));
  }
  if (session.unread > 0) ask_later(effect.session, session);
}

void FramesDoor::on(const chat::Gone& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  end(found->second, "");
}

void FramesDoor::take(const chat::Slice& slice) {
  const auto asked = askers_.find(slice.id.value);
  if (asked == askers_.end()) return;
  const std::optional<Page> page = asked->second.page;
  askers_.erase(asked);
  if (page) return give_page(*page, slice);
  if (!feeds_.at(slice.room).take(slice)) unread_.insert(slice.room);
  advanced_.insert(slice.room);
}

/// Nothing of a room that the session is not in any more: it would not be told of removals.
void FramesDoor::give_page(const Page& page, chat::Slice slice) {
  const auto found = sessions_.find(page.session);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  const bool is_there =
      std::find(session.rooms.begin(), session.rooms.end(), slice.room) != session.rooms.end();
  if (!is_there) slice = empty_page(slice.room, slice.after);
  session.page = HeldPage{std::move(slice), page.count, page.tag};
  is_due(page.session, session);
}

void FramesDoor::deliver(Instant now) {
  for (const chat::RoomId room : std::exchange(unread_, {})) {
    unread_until_[room] = now + kUnreadPause;
  }
  deliver_due();
  for (link::LinkSet* const links : link_sets_) links->flush(now);
}

bool FramesDoor::wants_to_write() const {
  return std::any_of(link_sets_.begin(), link_sets_.end(),
                     [](const link::LinkSet* links) { return links->wants_to_write(); });
}

void FramesDoor::on_writable(Instant now) {
  for (link::LinkSet* const links : link_sets_) links->flush(now);
}

void FramesDoor::close(Instant now) {
  for (link::LinkSet* const links : link_sets_) links->close_all("the server is closing", now);
}

void FramesDoor::deliver_due() {
  for (const chat::RoomId room : advanced_) {
    const auto feed = feeds_.find(room);
    if (feed == feeds_.end()) continue;
    for (const chat::SessionId reader : feed->second.readers()) {
      is_due(reader, sessions_.at(reader));
    }
  }
  advanced_.clear();
  for (const chat::SessionId id : std::exchange(due_, {})) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) continue;
    found->second.is_due = false;
    if (found->second.state != State::kLeaving) deliver_to(id, found->second);
  }
  read_on();
}

void FramesDoor::read_on() {
  for (const chat::RoomId room : std::exchange(behind_, {})) {
    if (unread_until_.contains(room)) continue;
    const auto feed = feeds_.find(room);
    const auto after = feed == feeds_.end() ? std::nullopt : feed->second.next_read();
    if (!after) continue;
    request_slice(room, *after, feed->second.sizes().slice_bytes);
  }
}

void FramesDoor::deliver_to(chat::SessionId id, Session& session) {
  link::Link& link = *session.link;
  if (!session.waiting.empty() && link.room() > 0) {
    link.send(std::make_shared<const std::string>(std::exchange(session.waiting, {})));
    if (session.unread > 0) ask_later(id, session);
  }
  if (session.page && link.room() > 0) {
    const HeldPage& page = *session.page;
    link.send(
        std::make_shared<const std::string>(wire::encode_past(page.slice, page.count, page.tag)));
    session.page.reset();
    session.awaits_page = false;
    if (session.unread > 0) ask_later(id, session);
  }
  if (!session.removed.empty() && link.room() > 0) give_removals(session);
  if (!session.changed.empty() && link.room() > 0) {
    std::string frames;
    for (const auto& [room, frame] : std::exchange(session.changed, {})) frames += frame;
    link.send(std::make_shared<const std::string>(std::move(frames)));
  }
  for (const chat::RoomId room : session.rooms) {
    MemberFeed& feed = feeds_.at(room);
    while (link.room() > 0) {
      MemberFeed::Due due = feed.next(id);
      if (!due.chunk) {
        behind_.insert(room);
        break;
      }
      link.send(std::move(due.chunk));
      if (due.answers > 0) answered(id, session, due.answers);
    }
  }
}

std::optional<Instant> FramesDoor::next_deadline() const {
  std::optional<Instant> next = pause_until_;
  const auto consider = [&](std::optional<Instant> due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  for (const auto& [room, until] : unread_until_) consider(until);
  for (const link::LinkSet* const links : link_sets_) consider(links->next_deadline());
  if (!login_by_.empty()) consider(login_by_.front().first);
  if (!tell_slowed_.empty()) consider(tell_slowed_.front().first);
  consider(posts_.next_turn());
  return next;
}

void FramesDoor::on_deadline(Instant now) {
  for (link::LinkSet* const links : link_sets_) links->on_deadline(now);
  while (!login_by_.empty() && login_by_.front().first <= now) {
    const auto found = sessions_.find(login_by_.front().second);
    login_by_.pop_front();
    if (found == sessions_.end()) continue;
    const State state = found->second.state;
    if (state == State::kChallenged) end(found->second, "nobody has logged in");
    // The login may still be refused.
    if (state == State::kLoggingIn) login_by_.emplace_back(now + kLoginPatience, found->first);
  }
  std::erase_if(unread_until_, [&](const auto& unread) {
    if (unread.second > now) return false;
    advanced_.insert(unread.first);
    return true;
  });
  tell_slowed(now);  // before those whose turn it is have gone on
  give_turns(now);
  if (!pause_until_ || *pause_until_ > now) return;
  pause_until_.reset();
  for (const chat::SessionId id : std::exchange(paused_, {})) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) continue;
    found->second.has_input = false;
    ask_later(id, found->second);
  }
}

}  // namespace palabre::server
