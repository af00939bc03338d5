#include "server/doors/frames/frames_door.h"

#include <algorithm>
#include <memory>
#include <variant>

namespace palabre::server {
namespace {

constexpr std::uint64_t kBroken = 1;
constexpr std::uint64_t kOver = 0;
constexpr std::string_view kBanned = "banned";
// A session that has used its pace up is looked at again so often.
constexpr Duration kPause = std::chrono::milliseconds(20);
// What the disk does not give is asked for again so often.
constexpr Duration kUnreadPause = std::chrono::seconds(1);
constexpr std::size_t kPageBytes = std::size_t{48} << 10;

/// Whether `answers_post` will be true of what it is answered.
bool is_post(const chat::Command& command) {
  const auto* from = std::get_if<chat::Ask>(&command);
  if (from == nullptr) return false;
  const chat::Request& request = from->requests.front();  // a frame is one
  const auto* mistake = std::get_if<chat::NotUnderstood>(&request);
  return std::holds_alternative<chat::Post>(request) ||
         (mistake != nullptr && chat::post_refused_by(mistake->refusal));
}

/// What is asked for as a page of it.
chat::ReadPast::Page page_of(const chat::ReadPast& read, chat::Number end) {
  if (const auto* page = std::get_if<chat::ReadPast::Page>(&read.what)) return *page;
  if (const auto* from = std::get_if<chat::ReadPast::From>(&read.what)) {
    return {{std::max<std::uint64_t>(from->number.value, 1) - 1}, wire::kMostPageMessages};
  }
  const std::uint64_t count = std::min(std::get<chat::ReadPast::Last>(read.what).count, end.value);
  const auto fits = std::min<std::uint64_t>(count, wire::kMostPageMessages);
  return {{end.value - fits}, static_cast<std::uint32_t>(fits)};
}

/// Whether it ends the wait for what has become of a post.
bool answers_post(const chat::Event& event) {
  if (std::holds_alternative<chat::Acknowledged>(event)) return true;
  const auto* refused = std::get_if<chat::Refused>(&event);
  return refused != nullptr && chat::post_refused_by(refused->refusal);
}

}  // namespace

void FramesDoor::on_open(link::Link& link, Instant now) {
  if (!outside_.admits(link.peer(), now)) return link.close(kOver, kBanned);
  const chat::SessionId id{++last_session_, index()};
  ids_.emplace(&link, id);
  Session& session = sessions_.try_emplace(id, link, outside_.pace).first->second;
  login_by_.emplace_back(now + kLoginPatience, id);
  link.send(std::make_shared<const std::string>(challenge(session)));
}

/// Each nonce is signed once.
std::string FramesDoor::challenge(Session& session) const {
  outside_.random(session.nonce.bytes);
  return wire::encode_challenge(session.nonce.bytes, outside_.server);
}

void FramesDoor::on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return link.consumed(bytes.size());
  Session& session = sessions_.at(known->second);
  if (session.state == State::kLeaving) return link.consumed(bytes.size());
  session.reader.add(bytes);
  session.unread += bytes.size();
  ask_later(known->second, session);
}

// Nothing that members say so far is worth losing.
void FramesDoor::on_datagram(link::Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) {}

void FramesDoor::on_room(link::Link& link, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return;
  Session& session = sessions_.at(known->second);
  is_due(known->second, session);
  if (session.unread > 0) ask_later(known->second, session);
}

void FramesDoor::on_moved(link::Link& link, Instant now) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return;
  Session& session = sessions_.at(known->second);
  if (!outside_.admits(link.peer(), now)) return turn_away(session);
  if (session.state == State::kChallenged) return;  // the hub does not know it yet
  news_.emplace_back(chat::Moved{known->second, link.peer().label()});
}

void FramesDoor::on_closed(link::Link& link, const Closed& /*how*/, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return;
  news_.emplace_back(chat::HungUp{known->second});
  const auto session = sessions_.find(known->second);
  for (const chat::RoomId room : session->second.rooms) {
    feeds_.at(room).remove_reader(known->second);
  }
  sessions_.erase(session);
  ids_.erase(known);
}

std::optional<chat::Command> FramesDoor::next_command(Instant now) {
  if (!news_.empty()) {
    chat::Command next = std::move(news_.front());
    news_.pop_front();
    return next;
  }
  while (!asking_.empty()) {
    const chat::SessionId id = asking_.front();
    asking_.pop_front();
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) continue;
    found->second.has_input = false;
    if (auto command = take_command(id, found->second, now)) return command;
  }
  return std::nullopt;
}

std::optional<chat::Command> FramesDoor::take_command(chat::SessionId id, Session& session,
                                                      Instant now) {
  // It is looked at again when its link has room, or it is answered.
  if (has_to_wait(session)) return std::nullopt;
  if (session.reader.has_next()) {
    if (!has_pace(id, session, now)) return std::nullopt;
    return take_frame(id, session, *session.reader.next(), now);
  }
  if (session.reader.is_broken()) {
    ++counts_.broken;
    end(session, "that is no frame");
    return std::nullopt;
  }
  session.link->consumed(std::exchange(session.unread, 0));
  return std::nullopt;
}

/// Else it is looked at again after a pause.
bool FramesDoor::has_pace(chat::SessionId id, Session& session, Instant now) {
  if (session.may_ask.take(now)) return true;
  session.has_input = true;
  paused_.push_back(id);
  if (!pause_until_) pause_until_ = now + kPause;
  return false;
}

std::optional<chat::Command> FramesDoor::take_frame(chat::SessionId id, Session& session,
                                                    std::string_view body, Instant now) {
  auto asked = wire::decode_command(body, outside_.wall());
  if (!asked) {
    ++counts_.broken;
    end(session, "that is no command");
    return std::nullopt;
  }
  auto command = understand(id, session, *std::move(asked), now);
  if (command && is_post(*command)) ++session.unanswered;
  ask_later(id, session);
  return command;
}

std::optional<chat::Command> FramesDoor::understand(chat::SessionId id, Session& session,
                                                    wire::Asked asked, Instant now) {
  if (std::holds_alternative<wire::Ping>(asked.what)) {
    answer(id, session, wire::encode_pong(asked.tag));
    return std::nullopt;
  }
  if (const auto* proof = std::get_if<wire::LoginProof>(&asked.what)) {
    return log_in(id, session, *proof, asked.tag, now);
  }
  auto* request = std::get_if<chat::Request>(&asked.what);
  if (request == nullptr) return std::nullopt;  // of a newer version
  if (session.state == State::kOnline) {
    return chat::Ask{id, {std::move(*request)}, asked.tag};
  }
  const auto* mistake = std::get_if<chat::NotUnderstood>(request);
  const chat::Refused refused{mistake ? mistake->refusal : chat::NotLoggedIn{}};
  answer(id, session, wire::encode_event(refused, asked.tag));
  return std::nullopt;
}

std::optional<chat::Command> FramesDoor::log_in(chat::SessionId id, Session& session,
                                                const wire::LoginProof& proof, chat::Tag tag,
                                                Instant now) {
  if (session.state != State::kChallenged) return std::nullopt;
  if (!outside_.admits(session.link->peer(), now)) {
    turn_away(session);
    return std::nullopt;
  }
  wire::LoginTo to;
  to.server = session.nonce;
  to.client.bytes = proof.nonce;
  to.pin = outside_.identity.bytes;
  to.exporter = session.link->exporter();
  const bool is_good = wire::verify({proof.key.bytes}, {proof.signature}, wire::login_message(to));
  if (!is_good) {
    ++counts_.logins_refused;
    answer(id, session, wire::encode_event(chat::Refused{chat::NotLoggedIn{}}, tag));
    end(session, "the proof of the key is wrong");
    return std::nullopt;
  }
  if (++session.logins > kMostLogins) {
    end(session, "too many logins");
    return std::nullopt;
  }
  session.state = State::kLoggingIn;
  return chat::Arrive{
      id, {session.link->peer().label(), proof.key}, kCaps, proof.nick, std::nullopt, {}, tag};
}

bool FramesDoor::has_to_wait(const Session& session) const {
  return session.state == State::kLeaving || session.state == State::kLoggingIn ||
         session.waiting.size() > kMostWaiting || session.unanswered >= kMostUnanswered ||
         session.awaits_page || session.link->room() == 0;
}

void FramesDoor::ask_later(chat::SessionId id, Session& session) {
  if (session.has_input || has_to_wait(session)) return;
  session.has_input = true;
  asking_.push_back(id);
}

void FramesDoor::is_due(chat::SessionId id, Session& session) {
  if (std::exchange(session.is_due, true)) return;
  due_.push_back(id);
}

void FramesDoor::answer(chat::SessionId id, Session& session, std::string_view frame) {
  session.waiting += frame;
  is_due(id, session);
}

void FramesDoor::end(Session& session, std::string_view why) {
  session.state = State::kLeaving;
  if (!session.waiting.empty()) {
    session.link->send(std::make_shared<const std::string>(std::exchange(session.waiting, {})));
  }
  session.link->close(why.empty() ? kOver : kBroken, why);
}

void FramesDoor::turn_away(Session& session) {
  session.state = State::kLeaving;
  session.link->close(kOver, kBanned);
}

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
  // Whoever asked for a page has gone, and nothing of a closed room may be read.
  std::erase_if(askers_, [&](const auto& asker) { return asker.second.room == effect.room; });
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
  std::erase(found->second.rooms, effect.room);
  answered(effect.session, found->second, feeds_.at(effect.room).remove_reader(effect.session));
}

void FramesDoor::on(const chat::ShowPast& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  const chat::Number end = feeds_.at(effect.room).end().number;
  const chat::ReadPast::Page page = page_of(effect.what, end);
  if (page.after >= end) {
    const chat::Slice nothing{{}, effect.room, page.after, page.after, {}};
    return answer(effect.session, found->second, wire::encode_past(nothing, 0, effect.tag));
  }
  found->second.awaits_page = true;
  ask(effect.room, page.after, kPageBytes, Page{effect.session, page.count, effect.tag});
}

void FramesDoor::ask(chat::RoomId room, chat::Number after, std::size_t most_bytes,
                     std::optional<Page> page) {
  askers_.emplace(++last_read_, Asker{room, page});
  reads_.push_back({{last_read_, index()}, room, after, most_bytes});
}

void FramesDoor::on(const chat::RoomAdvanced& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end()) return;  // everybody left before the message was kept
  if (!feed->second.is_read()) return feed->second.skip(effect.number);
  std::string answer;
  if (effect.answer && effect.author_session.door == index()) {
    answer = wire::encode_event(*effect.answer, {});
  }
  feed->second.push(effect, std::move(answer));
  advanced_.insert(effect.room);
}

void FramesDoor::answered(chat::SessionId id, Session& session, std::size_t posts) {
  session.unanswered -= std::min(session.unanswered, posts);
  if (session.unread > 0) ask_later(id, session);
}

void FramesDoor::on(const chat::Tell& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  chat::Cursor end;
  if (const auto* joined = std::get_if<chat::Joined>(&effect.event)) {
    end = feeds_.at(joined->room).end();
  }
  answer(effect.session, session, wire::encode_event(effect.event, effect.tag, end));
  if (session.gap && std::holds_alternative<chat::Joined>(effect.event)) {
    answer(effect.session, session, wire::encode_new_log(session.gap->first, session.gap->second));
    session.gap.reset();
  }
  if (answers_post(effect.event)) answered(effect.session, session, 1);
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
  if (page) {
    const auto found = sessions_.find(page->session);
    if (found == sessions_.end()) return;
    Session& session = found->second;
    session.awaits_page = false;
    answer(page->session, session, wire::encode_past(slice, page->count, page->tag));
    if (session.unread > 0) ask_later(page->session, session);
    return;
  }
  if (!feeds_.at(slice.room).take(slice)) unread_.insert(slice.room);
  advanced_.insert(slice.room);
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
    ask(room, *after, feed->second.sizes().slice_bytes);
  }
}

void FramesDoor::deliver_to(chat::SessionId id, Session& session) {
  link::Link& link = *session.link;
  if (!session.waiting.empty() && link.room() > 0) {
    link.send(std::make_shared<const std::string>(std::exchange(session.waiting, {})));
    if (session.unread > 0) ask_later(id, session);
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
    // It may be refused yet.
    if (state == State::kLoggingIn) login_by_.emplace_back(now + kLoginPatience, found->first);
  }
  std::erase_if(unread_until_, [&](const auto& unread) {
    if (unread.second > now) return false;
    advanced_.insert(unread.first);
    return true;
  });
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
