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
  const auto* from = std::get_if<chat::FromSession>(&command);
  if (from == nullptr) return false;
  const auto* mistake = std::get_if<chat::NotUnderstood>(&from->request);
  return std::holds_alternative<chat::PostTo>(from->request) ||
         (mistake != nullptr && chat::post_refused_by(mistake->refusal));
}

/// Whether it ends the wait for what has become of a post.
bool answers_post(const chat::Event& event) {
  if (std::holds_alternative<chat::Acknowledged>(event)) return true;
  const auto* refused = std::get_if<chat::Refused>(&event);
  return refused != nullptr && chat::post_refused_by(refused->refusal);
}

}  // namespace

void MemberTransport::on_open(link::Link& link, Instant now) {
  if (!outside_.admits(link.peer(), now)) return link.close(kOver, kBanned);
  const chat::SessionId id{++last_session_};
  ids_.emplace(&link, id);
  Session& session = sessions_.try_emplace(id, link, outside_.pace).first->second;
  login_by_.emplace_back(now + kLoginPatience, id);
  link.send(std::make_shared<const std::string>(challenge(session)));
}

/// Each nonce is signed once.
std::string MemberTransport::challenge(Session& session) const {
  outside_.random(session.nonce.bytes);
  return wire::encode_challenge(session.nonce.bytes, outside_.server);
}

void MemberTransport::on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return link.consumed(bytes.size());
  Session& session = sessions_.at(known->second);
  if (session.state == State::kLeaving) return link.consumed(bytes.size());
  session.reader.add(bytes);
  session.unread += bytes.size();
  ask_later(known->second, session);
}

// Nothing that members say so far is worth losing.
void MemberTransport::on_datagram(link::Link& /*link*/, std::string_view /*bytes*/,
                                  Instant /*now*/) {}

void MemberTransport::on_room(link::Link& link, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return;
  Session& session = sessions_.at(known->second);
  is_due(known->second, session);
  if (session.unread > 0) ask_later(known->second, session);
}

void MemberTransport::on_moved(link::Link& link, Instant now) {
  const auto known = ids_.find(&link);
  if (known == ids_.end() || outside_.admits(link.peer(), now)) return;
  turn_away(sessions_.at(known->second));
}

std::optional<Address> MemberTransport::peer_of(chat::SessionId session) const {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? std::nullopt : std::optional(found->second.link->peer());
}

void MemberTransport::on_closed(link::Link& link, const Closed& /*how*/, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return;
  hung_up_.push_back(known->second);
  const auto session = sessions_.find(known->second);
  for (const chat::RoomId room : session->second.rooms) {
    feeds_.at(room).remove_reader(known->second);
  }
  sessions_.erase(session);
  ids_.erase(known);
}

std::optional<chat::Command> MemberTransport::next_command(Instant now) {
  if (!hung_up_.empty()) {
    const chat::SessionId id = hung_up_.front();
    hung_up_.pop_front();
    return chat::HungUp{id};
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

std::optional<chat::Command> MemberTransport::take_command(chat::SessionId id, Session& session,
                                                           Instant now) {
  // It is looked at again when its link has room, or it is answered.
  if (has_to_wait(session)) return std::nullopt;
  if (session.reader.has_next()) {
    if (!has_pace(id, session, now)) return std::nullopt;
    return take_frame(id, session, *session.reader.next(), now);
  }
  if (session.reader.is_broken()) {
    ++counts_.broken;
    close(session, "that is no frame");
    return std::nullopt;
  }
  session.link->consumed(std::exchange(session.unread, 0));
  return std::nullopt;
}

/// Else it is looked at again after a pause.
bool MemberTransport::has_pace(chat::SessionId id, Session& session, Instant now) {
  if (session.may_ask.take(now)) return true;
  session.has_input = true;
  paused_.push_back(id);
  if (!pause_until_) pause_until_ = now + kPause;
  return false;
}

std::optional<chat::Command> MemberTransport::take_frame(chat::SessionId id, Session& session,
                                                         std::string_view body, Instant now) {
  auto asked = wire::decode_command(body, outside_.wall());
  if (!asked) {
    ++counts_.broken;
    close(session, "that is no command");
    return std::nullopt;
  }
  auto command = understand(id, session, *std::move(asked), now);
  if (command && is_post(*command)) ++session.unanswered;
  ask_later(id, session);
  return command;
}

std::optional<chat::Command> MemberTransport::understand(chat::SessionId id, Session& session,
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
    return chat::FromSession{id, std::move(*request), asked.tag};
  }
  const auto* mistake = std::get_if<chat::NotUnderstood>(request);
  const chat::Refused refused{mistake ? mistake->refusal : chat::NotLoggedIn{}};
  answer(id, session, wire::encode_event(refused, asked.tag));
  return std::nullopt;
}

std::optional<chat::Command> MemberTransport::log_in(chat::SessionId id, Session& session,
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
    close(session, "the proof of the key is wrong");
    return std::nullopt;
  }
  if (++session.logins > kMostLogins) {
    close(session, "too many logins");
    return std::nullopt;
  }
  session.state = State::kLoggingIn;
  return chat::Login{id, session.link->peer().label(), proof.key, proof.nick, tag};
}

bool MemberTransport::has_to_wait(const Session& session) const {
  return session.state == State::kLeaving || session.state == State::kLoggingIn ||
         session.waiting.size() > kMostWaiting || session.unanswered >= kMostUnanswered ||
         session.awaits_page || session.link->room() == 0;
}

void MemberTransport::ask_later(chat::SessionId id, Session& session) {
  if (session.has_input || has_to_wait(session)) return;
  session.has_input = true;
  asking_.push_back(id);
}

void MemberTransport::is_due(chat::SessionId id, Session& session) {
  if (std::exchange(session.is_due, true)) return;
  due_.push_back(id);
}

void MemberTransport::answer(chat::SessionId id, Session& session, std::string_view frame) {
  session.waiting += frame;
  is_due(id, session);
}

void MemberTransport::close(Session& session, std::string_view why) {
  session.state = State::kLeaving;
  if (!session.waiting.empty()) {
    session.link->send(std::make_shared<const std::string>(std::exchange(session.waiting, {})));
  }
  session.link->close(why.empty() ? kOver : kBroken, why);
}

void MemberTransport::turn_away(Session& session) {
  session.state = State::kLeaving;
  session.link->close(kOver, kBanned);
}

void MemberTransport::carry_out(const chat::OpenRoom& effect, chat::Cursor end) {
  feeds_.emplace(effect.room, MemberFeed(effect.room, end, outside_.feed));
}

void MemberTransport::carry_out(const chat::CloseRoom& effect) {
  feeds_.erase(effect.room);
  unread_until_.erase(effect.room);
  // Whoever asked for a page has gone, and nothing of a closed room may be read.
  askers_.erase(effect.room);
  std::erase_if(reads_, [&](const Read& read) { return read.room == effect.room; });
}

void MemberTransport::carry_out(const chat::StartReading& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  found->second.rooms.push_back(effect.room);
  const auto had = feeds_.at(effect.room).add_reader(effect.session, effect.start);
  if (had) found->second.gap = {effect.room, *had};
  is_due(effect.session, found->second);
}

void MemberTransport::carry_out(const chat::StopReading& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  std::erase(found->second.rooms, effect.room);
  answered(effect.session, found->second, feeds_.at(effect.room).remove_reader(effect.session));
}

void MemberTransport::carry_out(const chat::ShowPast& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  if (effect.what.after >= feeds_.at(effect.room).end().number) {
    const chat::Slice nothing{effect.room, effect.what.after, effect.what.after, {}};
    return answer(effect.session, found->second, wire::encode_past(nothing, 0, effect.tag));
  }
  found->second.awaits_page = true;
  askers_[effect.room].push_back(Page{effect.session, effect.what.count, effect.tag});
  reads_.push_back({effect.room, effect.what.after, kPageBytes});
}

void MemberTransport::carry_out(const chat::RoomAdvanced& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end()) return;  // everybody left before the message was kept
  if (!feed->second.is_read()) return feed->second.skip(effect.number);
  std::string answer;
  if (effect.answer && owns(effect.author_session)) {
    answer = wire::encode_event(*effect.answer, {});
  }
  feed->second.push(
      effect.number, effect.author_session,
      wire::encode_message(effect.room, effect.number, *effect.message, effect.kept_at),
      std::move(answer));
  advanced_.insert(effect.room);
}

void MemberTransport::answered(chat::SessionId id, Session& session, std::size_t posts) {
  session.unanswered -= std::min(session.unanswered, posts);
  if (session.unread > 0) ask_later(id, session);
}

void MemberTransport::carry_out(const chat::Tell& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  chat::Cursor end;
  if (const auto* entered = std::get_if<chat::Entered>(&effect.event)) {
    end = feeds_.at(entered->room).end();
  }
  answer(effect.session, session, wire::encode_event(effect.event, effect.tag, end));
  if (session.gap && std::holds_alternative<chat::Entered>(effect.event)) {
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

void MemberTransport::carry_out(const chat::Gone& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  close(found->second, "");
}

void MemberTransport::take(const chat::Slice& slice, Instant now) {
  const auto asked = askers_.find(slice.room);
  if (asked == askers_.end() || asked->second.empty()) return;
  const Asker asker = asked->second.front();
  asked->second.pop_front();
  if (asker) {
    const auto found = sessions_.find(asker->session);
    if (found == sessions_.end()) return;
    Session& session = found->second;
    session.awaits_page = false;
    answer(asker->session, session, wire::encode_past(slice, asker->count, asker->tag));
    if (session.unread > 0) ask_later(asker->session, session);
    return;
  }
  if (!feeds_.at(slice.room).take(slice)) unread_until_[slice.room] = now + kUnreadPause;
  advanced_.insert(slice.room);
}

void MemberTransport::deliver() {
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

void MemberTransport::read_on() {
  for (const chat::RoomId room : std::exchange(behind_, {})) {
    if (unread_until_.contains(room)) continue;
    const auto feed = feeds_.find(room);
    const auto after = feed == feeds_.end() ? std::nullopt : feed->second.next_read();
    if (!after) continue;
    askers_[room].emplace_back();
    reads_.push_back({room, *after, feed->second.sizes().slice_bytes});
  }
}

void MemberTransport::deliver_to(chat::SessionId id, Session& session) {
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

std::optional<Instant> MemberTransport::next_deadline() const {
  std::optional<Instant> next = pause_until_;
  for (const auto& [room, until] : unread_until_) next = std::min(next.value_or(until), until);
  if (!login_by_.empty()) {
    next = std::min(next.value_or(login_by_.front().first), login_by_.front().first);
  }
  return next;
}

void MemberTransport::on_deadline(Instant now) {
  while (!login_by_.empty() && login_by_.front().first <= now) {
    const auto found = sessions_.find(login_by_.front().second);
    login_by_.pop_front();
    if (found == sessions_.end()) continue;
    const State state = found->second.state;
    if (state == State::kChallenged) close(found->second, "nobody has logged in");
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
