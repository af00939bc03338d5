#include "server/doors/frames/frames_door.h"

#include <algorithm>
#include <memory>
#include <variant>

namespace palabre::server {
namespace {

constexpr std::uint64_t kBroken = 1;
constexpr std::uint64_t kOver = 0;
constexpr std::string_view kBanned = "banned";
constexpr std::string_view kNotFromHere = "not from here";
// Sessions over their pace are looked at again after this time.
constexpr Duration kPause = std::chrono::milliseconds(20);

/// Whether the answer to the command will satisfy `answers_post`.
bool is_post(const chat::Command& command) {
  const auto* from = std::get_if<chat::Ask>(&command);
  if (from == nullptr) return false;
  const chat::Request& request = from->requests.front();  // a frame has one request
  const auto* mistake = std::get_if<chat::NotUnderstood>(&request);
  return std::holds_alternative<chat::Post>(request) ||
         (mistake != nullptr && chat::post_refused_by(mistake->refusal));
}

}  // namespace

void FramesDoor::on_open(link::Link& link, Instant now) {
  if (const Entry entry = outside_.admits(link, now); entry != Entry::kOpen) {
    return turn_away(link, entry);
  }
  const chat::SessionId id{++last_session_, index()};
  ids_.emplace(&link, id);
  Session& session = sessions_.try_emplace(id, link, outside_.pace).first->second;
  login_by_.emplace_back(now + kLoginPatience, id);
  link.send(std::make_shared<const std::string>(challenge(session)));
}

/// A new nonce for each challenge: it is signed once.
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

// The members' protocol has no datagrams so far.
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
  if (const Entry entry = outside_.admits(link, now); entry != Entry::kOpen) {
    const bool is_online = session.state == State::kOnline;
    session.state = State::kLeaving;
    return turn_away(link, entry, is_online);
  }
  if (session.state == State::kChallenged) return;  // the hub does not know it yet
  set_poster(session);
  news_.emplace_back(chat::Moved{known->second, link.peer().label(), session.poster.ip,
                                 session.reach, session.is_exempt});
}

void FramesDoor::on_closed(link::Link& link, const Closed& /*how*/, Instant /*now*/) {
  const auto known = ids_.find(&link);
  if (known == ids_.end()) return;
  news_.emplace_back(chat::HungUp{known->second});
  const auto session = sessions_.find(known->second);
  for (const chat::RoomId room : session->second.rooms) {
    feeds_.at(room).remove_reader(known->second);
  }
  posts_.forget(known->second);
  sessions_.erase(session);
  ids_.erase(known);
}

bool FramesDoor::has_login(const link::Link& link) const {
  const auto known = ids_.find(&link);
  return known != ids_.end() && sessions_.at(known->second).state == State::kOnline;
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
  // It is looked at again when its link has room, or when it is answered.
  if (has_to_wait(session)) return std::nullopt;
  if (session.held) {
    ++session.unanswered;
    auto post = std::exchange(session.held, std::nullopt);
    ask_later(id, session);
    return post;
  }
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

/// Takes one token of the session's rate. False: the session is looked at again after `kPause`.
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
  if (command && is_post(*command)) return in_turn(id, session, *std::move(command), now);
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
  if (request == nullptr) return std::nullopt;  // a command of a newer version
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
  if (session.state != State::kChallenged) {
    const chat::NotLoggedIn again{chat::NotLoggedIn::Why::kAlready};
    answer(id, session, wire::encode_event(chat::Refused{again}, tag));
    return std::nullopt;
  }
  if (const Entry entry = outside_.admits(*session.link, now); entry != Entry::kOpen) {
    session.state = State::kLeaving;
    turn_away(*session.link, entry);
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
    const chat::NotLoggedIn wrong{chat::NotLoggedIn::Why::kWrongProof};
    answer(id, session, wire::encode_event(chat::Refused{wrong}, tag));
    end(session, "the proof of the key is wrong");
    return std::nullopt;
  }
  if (++session.logins > kMostLogins) {
    end(session, "too many logins");
    return std::nullopt;
  }
  session.state = State::kLoggingIn;
  session.poster.key = proof.key;
  set_poster(session);
  return chat::Arrive{id,
                      {session.link->peer().label(), proof.key, session.poster.ip, session.reach,
                       session.is_exempt},
                      kCaps,
                      proof.nick,
                      std::nullopt,
                      {},
                      tag,
                      proof.invite};
}

bool FramesDoor::has_to_wait(const Session& session) const {
  return session.state == State::kLeaving || session.state == State::kLoggingIn ||
         session.waiting.size() > kMostWaiting || session.unanswered >= kMostUnanswered ||
         session.awaits_page || (session.held && !session.has_turn) || session.link->room() == 0;
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

void FramesDoor::turn_away(link::Link& link, Entry entry, bool is_online) {
  if (entry == Entry::kBanned) return link.close(kOver, kBanned);
  if (!is_online) {
    link.send(std::make_shared<const std::string>(
        wire::encode_event(chat::Refused{chat::NotFromHere{}}, {})));
  }
  link.close(kOver, kNotFromHere);
}

}  // namespace palabre::server
