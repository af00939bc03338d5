#include "server/doors/plain/plain_door.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "wire/clean.h"
#include "wire/text.h"

namespace palabre::server {

namespace {

guard::Visitor visitor_of(const link::Inbound& inbound) {
  guard::Visitor visitor{{}, inbound.bytes, false};
  const Address& peer = inbound.path.peer;
  visitor.source.ip = peer.ip_bytes();
  visitor.source.port = peer.port();
  visitor.source.interface = inbound.interface;
  return visitor;
}

chat::Refused words_for(guard::Cause cause, const guard::Gate& gate) {
  switch (cause) {
    case guard::Cause::kTooFast:
      return {chat::TooFast{}};
    case guard::Cause::kLooksLikeOurs:
      return {chat::LooksLikeOurs{}};
    case guard::Cause::kAllFull:
      return {chat::ServerFull{gate.most_guests()}};
    default:
      return {chat::TooManyFromThere{}};
  }
}

/// Debian's `nc -uv` and `nc -zuv` send this a few times to find out whether a port answers.
constexpr std::string_view kProbe = "X";

}  // namespace

bool PlainDoor::claim(const link::Inbound& inbound, Instant now) {
  const auto known = session_by_address_.find(inbound.path.peer);
  if (known != session_by_address_.end()) {
    read_guest(known->second, inbound, now);
    return true;
  }
  if (!wire::clean(inbound.bytes).was_utf8) {
    gate_.count(guard::Cause::kNotText);
    return false;
  }
  read_stranger(inbound, now);
  return true;
}

std::optional<chat::Command> PlainDoor::next_command(Instant /*now*/) {
  if (commands_.empty()) return std::nullopt;
  chat::Command next = std::move(commands_.front());
  commands_.pop_front();
  return next;
}

void PlainDoor::read_guest(chat::SessionId session, const link::Inbound& inbound, Instant now) {
  Session& known = sessions_.at(session);
  if (now >= known.refused_again_at) {
    known.refused_in_a_row = std::min(known.refused_in_a_row, kMostRefusalsInARow - 1);
    known.refused_again_at = now + kRefusedAgainEvery;
  }
  guard::Visitor visitor = visitor_of(inbound);
  visitor.gets_acks = known.numbered;
  const auto hearing = gate_.hear(session.value, visitor, now);
  if (const auto* drop = std::get_if<guard::Gate::Drop>(&hearing)) {
    if (drop->tell && wire::clean(inbound.bytes).was_utf8) {
      enqueue(inbound.path, wire::encode_notice(words_for(drop->cause, gate_)));
    }
    return;
  }
  follow(session, inbound.path);
  const wire::Cleaned cleaned = wire::clean(inbound.bytes);
  commands_.emplace_back(
      chat::Ask{session, requests_of(session, words_of(known, inbound.bytes, cleaned.text), now),
                cleaned.was_utf8 ? chat::Tag{} : kUnanswered});
}

std::string_view PlainDoor::words_of(Session& session, std::string_view bytes,
                                     std::string_view text) {
  if (bytes == kProbe && !session.has_spoken) return {};
  session.has_spoken = session.has_spoken || !text.empty();
  return text;
}

std::vector<chat::Request> PlainDoor::requests_of(chat::SessionId session, std::string_view text,
                                                  Instant now) {
  auto requests = wire::parse_requests(text);
  const guard::GuestSlots::Id guest = session.value;
  const std::size_t asked = requests.size();
  const std::size_t within = gate_.within_pace(guest, asked, now);
  requests.resize(within);
  if (within < asked && gate_.may_tell(guest, now)) {
    requests.emplace_back(chat::NotUnderstood{chat::TooFast{}});
  }
  return requests;
}

void PlainDoor::read_stranger(const link::Inbound& inbound, Instant now) {
  const auto admission = gate_.admit(visitor_of(inbound), now);
  if (const auto* answer = std::get_if<guard::Gate::Answer>(&admission)) {
    ++counts_.challenges;
    enqueue(inbound.path, answer->line);
  } else if (const auto* refuse = std::get_if<guard::Gate::Refuse>(&admission)) {
    if (refusals_.take(now)) {
      enqueue(inbound.path, wire::encode_notice(words_for(refuse->cause, gate_)));
    }
  } else if (const auto* place = std::get_if<guard::Gate::Enrol>(&admission)) {
    enrol(*place, inbound, now);
  }
}

void PlainDoor::enrol(const guard::Gate::Enrol& enrol, const link::Inbound& inbound, Instant now) {
  const chat::SessionId session{++last_session_, index()};
  session_by_address_.emplace(inbound.path.peer, session);
  Session& known = sessions_.emplace(session, Session{inbound.path, std::nullopt}).first->second;
  const guard::Source source = visitor_of(inbound).source;
  gate_.enrolled(session.value, source, enrol.is_code, now);
  const std::string text = enrol.is_code ? std::string() : wire::clean(inbound.bytes).text;
  const Reach reach = gate_.reach_of(source);
  if (cloaks_ && reach == Reach::kPublic) known.cloak = cloaks_->take(source.ip, source.port);
  chat::Arrive arrive{session,
                      {inbound.path.peer.label(), std::nullopt, source.ip, reach,
                       gate_.is_exempt(source), known.cloak}};
  if (enrol.evict) arrive.evicts = chat::SessionId{*enrol.evict, index()};
  arrive.requests = requests_of(session, words_of(known, inbound.bytes, text), now);
  commands_.emplace_back(std::move(arrive));
}

void PlainDoor::follow(chat::SessionId session_id, const link::Path& path) {
  Session& session = sessions_.at(session_id);
  if (std::memcmp(&session.path.local, &path.local, sizeof path.local) == 0) return;
  session.path = path;
  if (session.reads) feeds_.at(*session.reads).set_path(session_id, path);
}

void PlainDoor::carry_out(const chat::Effect& effect) {
  std::visit([this](const auto& one) { on(one); }, effect);
  // Thousands of goodbyes must not overflow the queue while the socket has room.
  if (notices_.size() >= kMostNotices / 2 && !wants_to_write_) wants_to_write_ = !flush_notices();
}

void PlainDoor::on(const chat::OpenRoom& open) {
  Feed::Sizes sizes = feed_sizes_;
  if (!open.kept) sizes.rest_bytes = 0;
  feeds_.emplace(open.room, Feed(open.end.number, sizes));
}

void PlainDoor::on(const chat::CloseRoom& effect) {
  feeds_.erase(effect.room);
  std::erase(advanced_, effect.room);
  std::erase_if(reads_, [&](const chat::Read& read) { return read.room == effect.room; });
  bursts_.erase(effect.room);
}

void PlainDoor::on(const chat::StartReading& effect) {
  Session& session = sessions_.at(effect.session);
  session.reads = effect.room;
  feeds_.at(effect.room).add_reader(effect.session, session.path, session.numbered);
}

void PlainDoor::on(const chat::StopReading& effect) {
  Session& session = sessions_.at(effect.session);
  session.reads.reset();
  Feed::Due due = feeds_.at(effect.room).remove_reader(effect.session);
  if (due.datagrams.empty()) return;
  if (notices_.size() + due.datagrams.size() > kMostNotices / 2) {
    enqueue(session.path,
            wire::encode_notice(chat::Gap{{due.from, due.to, chat::Missing::Why::kNotKept}}));
    return;
  }
  for (Feed::Due::Datagram& one : due.datagrams) {
    enqueue(Notice{session.path, std::move(one.bytes), effect.room, one.from, one.to});
  }
}

void PlainDoor::on(const chat::RoomAdvanced& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end()) return;  // all readers left before the message was kept
  if (const auto author = sessions_.find(effect.author_session); author != sessions_.end()) {
    author->second.refused_in_a_row = 0;
  }
  feed->second.push(effect, effect.answer ? wire::encode_notice(*effect.answer) : "");
  has_something(effect.room);
}

void PlainDoor::on(const chat::RoomRedacted& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end() || effect.numbers.empty()) return;
  feed->second.redact(effect.numbers);
  for (Notice& notice : notices_) {
    if (notice.room != effect.room) continue;
    const auto next = std::lower_bound(effect.numbers.begin(), effect.numbers.end(), notice.from);
    if (next == effect.numbers.end() || *next > notice.to) continue;
    // The other lines of this datagram go with it: only the socket's end of room keeps it here.
    notice.bytes =
        wire::encode_notice(chat::Gap{{notice.from, notice.to, chat::Missing::Why::kNotKept}});
  }
  const std::string line = wire::encode_removed(chat::NumberRanges(effect.numbers));
  for (const chat::SessionId reader : feed->second.sessions()) {
    enqueue(sessions_.at(reader).path, line);
  }
}

void PlainDoor::on(const chat::NetworkBanned& effect) {
  if (effect.until) {
    gate_.ban(effect.network, *effect.until);
  } else {
    gate_.unban(effect.network);
  }
}

void PlainDoor::on(const chat::ShowPast& effect) {
  if (effect.tag == kUnanswered) return gate_.count(guard::Cause::kMalformedAnswer);
  const auto [from, to] = feeds_.at(effect.room).reread(effect.session, effect.what);
  enqueue(sessions_.at(effect.session).path, wire::encode_notice(chat::Rereading{from, to}));
  has_something(effect.room);
}

void PlainDoor::on(const chat::SetNumbered& effect) {
  Session& session = sessions_.at(effect.session);
  session.numbered = effect.numbered;
  if (session.reads) feeds_.at(*session.reads).set_numbered(effect.session, effect.numbered);
}

void PlainDoor::take(const chat::Slice& slice) {
  const auto feed = feeds_.find(slice.room);
  if (feed == feeds_.end()) return;
  feed->second.take(slice);
  has_something(slice.room);
}

void PlainDoor::has_something(chat::RoomId room) {
  if (std::find(advanced_.begin(), advanced_.end(), room) == advanced_.end()) {
    advanced_.push_back(room);
  }
}

std::optional<Instant> PlainDoor::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& [room, due] : bursts_) next = std::min(next.value_or(due), due);
  return next;
}

void PlainDoor::on(const chat::Tell& effect) {
  if (effect.tag == kUnanswered) {
    gate_.count(guard::Cause::kMalformedAnswer);
    return;
  }
  Session& session = sessions_.at(effect.session);
  if (!std::holds_alternative<chat::Refused>(effect.event)) {
    session.refused_in_a_row = 0;
  } else if (++session.refused_in_a_row > kMostRefusalsInARow) {
    gate_.count(guard::Cause::kRefusedAgain);
    return;
  }
  enqueue(session.path, wire::encode_notice(effect.event));
}

void PlainDoor::on(const chat::Gone& effect) {
  const auto session = sessions_.find(effect.session);
  session_by_address_.erase(session->second.path.peer);
  if (cloaks_ && !session->second.cloak.empty()) cloaks_->give_back(session->second.cloak);
  sessions_.erase(session);
  gate_.gone(effect.session.value);
}

void PlainDoor::enqueue(Notice notice) {
  if (notices_.size() == kMostNotices) {
    ++counts_.notices_dropped;
    return;
  }
  notices_.push_back(std::move(notice));
}

void PlainDoor::deliver(Instant now) {
  start_bursts(now);
  wants_to_write_ = !(flush_notices() && flush_feeds(now));
}

void PlainDoor::start_bursts(Instant now) {
  for (auto burst = bursts_.begin(); burst != bursts_.end();) {
    if (burst->second > now) {
      ++burst;
      continue;
    }
    has_something(burst->first);
    burst = bursts_.erase(burst);
  }
}

bool PlainDoor::flush_feeds(Instant now) {
  while (!advanced_.empty()) {
    const chat::RoomId room = advanced_.front();
    Feed& feed = feeds_.at(room);
    const bool done = feed.deliver(socket_, now);
    // A room that the socket had no room for goes to the end, so that a busy one does not starve
    // the others.
    if (!done) advanced_.push_back(room);
    advanced_.erase(advanced_.begin());
    if (!done) return false;
    if (const auto after = feed.next_read()) {
      reads_.push_back({{++last_read_, index()}, room, *after, feed_sizes_.past_burst_bytes});
    }
    if (const auto burst = feed.next_burst()) bursts_[room] = *burst;
  }
  return true;
}

bool PlainDoor::flush_notices() {
  if (notices_.empty()) return true;
  std::vector<iovec> parts;
  std::vector<link::Outbound> batch;
  parts.reserve(notices_.size());
  batch.reserve(notices_.size());
  for (Notice& notice : notices_) {
    parts.push_back({notice.bytes.data(), notice.bytes.size()});
    batch.push_back(link::Outbound{&notice.path, {&parts.back(), 1}});
  }
  const std::size_t sent = socket_.send(batch);
  notices_.erase(notices_.begin(), notices_.begin() + static_cast<std::ptrdiff_t>(sent));
  return notices_.empty();
}

}  // namespace palabre::server
