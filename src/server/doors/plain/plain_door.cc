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
  std::memcpy(visitor.source.ip.data(), &peer.raw().sin6_addr, visitor.source.ip.size());
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

bool is_heard_by_others(const chat::Request& request) {
  return std::holds_alternative<chat::Post>(request) ||
         std::holds_alternative<chat::TakeNick>(request);
}

}  // namespace

std::optional<PlainTransport::Incoming> PlainTransport::read(const link::Inbound& inbound,
                                                             Instant now) {
  const auto known = session_by_address_.find(inbound.path.peer);
  return known == session_by_address_.end() ? read_stranger(inbound, now)
                                            : read_guest(known->second, inbound, now);
}

std::optional<PlainTransport::Incoming> PlainTransport::read_guest(chat::SessionId session,
                                                                   const link::Inbound& inbound,
                                                                   Instant now) {
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
    return std::nullopt;
  }
  follow(session, inbound.path);
  const wire::Cleaned cleaned = wire::clean(inbound.bytes);
  Incoming incoming;
  incoming.session = session;
  incoming.requests = wire::parse_requests(cleaned.text);
  incoming.is_text = cleaned.was_utf8;
  hold_back(incoming, std::get<guard::Gate::Pass>(hearing).muted, now);
  return incoming;
}

void PlainTransport::hold_back(Incoming& incoming, bool muted, Instant now) {
  auto& requests = incoming.requests;
  const guard::Roster::Id guest = incoming.session.value;
  const std::size_t asked = requests.size();
  const std::size_t within = gate_.within_pace(guest, asked, now);
  requests.resize(within);
  const std::size_t unheard = muted ? std::erase_if(requests, is_heard_by_others) : 0;
  for (std::size_t i = 0; i < unheard; ++i) gate_.count(guard::Cause::kMuted);
  if ((within < asked || unheard > 0) && gate_.may_tell(guest, now)) {
    requests.emplace_back(within < asked ? chat::NotUnderstood{chat::TooFast{}}
                                         : chat::NotUnderstood{chat::Muted{}});
  }
}

std::optional<PlainTransport::Incoming> PlainTransport::read_stranger(const link::Inbound& inbound,
                                                                      Instant now) {
  const auto admission = gate_.admit(visitor_of(inbound), now);
  if (const auto* answer = std::get_if<guard::Gate::Answer>(&admission)) {
    ++counts_.challenges;
    enqueue(inbound.path, answer->line);
  } else if (const auto* refuse = std::get_if<guard::Gate::Refuse>(&admission)) {
    if (refusals_.take(now)) {
      enqueue(inbound.path, wire::encode_notice(words_for(refuse->cause, gate_)));
    }
  } else if (const auto* place = std::get_if<guard::Gate::Enrol>(&admission)) {
    return enrol(*place, inbound, now);
  }
  return std::nullopt;
}

std::optional<PlainTransport::Incoming> PlainTransport::enrol(const guard::Gate::Enrol& enrol,
                                                              const link::Inbound& inbound,
                                                              Instant now) {
  const wire::Cleaned cleaned = wire::clean(inbound.bytes);
  if (!cleaned.was_utf8) {
    gate_.count(guard::Cause::kNotText);
    return std::nullopt;
  }
  Incoming incoming;
  incoming.session = {++last_session_.value};
  incoming.arrives_from = inbound.path.peer.label();
  if (enrol.evict) incoming.evicts = chat::SessionId{*enrol.evict};
  if (!enrol.is_code) incoming.requests = wire::parse_requests(cleaned.text);
  session_by_address_.emplace(inbound.path.peer, incoming.session);
  sessions_.emplace(incoming.session, Session{inbound.path, std::nullopt});
  gate_.enrolled(incoming.session.value, visitor_of(inbound).source, enrol.is_code, now);
  hold_back(incoming, enrol.muted, now);
  return incoming;
}

void PlainTransport::follow(chat::SessionId session_id, const link::Path& path) {
  Session& session = sessions_.at(session_id);
  if (std::memcmp(&session.path.local, &path.local, sizeof path.local) == 0) return;
  session.path = path;
  if (session.reads) feeds_.at(*session.reads).set_path(session_id, path);
}

void PlainTransport::carry_out(const chat::OpenRoom& effect, chat::Cursor end) {
  Feed::Sizes sizes = feed_sizes_;
  if (!effect.kept) sizes.rest_bytes = 0;
  feeds_.emplace(effect.room, Feed(end.number, sizes));
}

void PlainTransport::carry_out(const chat::CloseRoom& effect) {
  feeds_.erase(effect.room);
  std::erase(advanced_, effect.room);
  std::erase_if(reads_, [&](const Read& read) { return read.room == effect.room; });
  bursts_.erase(effect.room);
}

void PlainTransport::carry_out(const chat::StartReading& effect) {
  Session& session = sessions_.at(effect.session);
  session.reads = effect.room;
  feeds_.at(effect.room).add_reader(effect.session, session.path, session.numbered);
}

void PlainTransport::carry_out(const chat::StopReading& effect) {
  Session& session = sessions_.at(effect.session);
  session.reads.reset();
  Feed::Due due = feeds_.at(effect.room).remove_reader(effect.session);
  if (due.datagrams.empty()) return;
  if (notices_.size() + due.datagrams.size() > kMostNotices / 2) {
    enqueue(session.path,
            wire::encode_notice(chat::Gap{{due.from, due.to, chat::Missing::Why::kNotKept}}));
    return;
  }
  for (std::string& datagram : due.datagrams) enqueue(session.path, std::move(datagram));
}

void PlainTransport::carry_out(const chat::RoomAdvanced& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end()) return;  // everybody left before the message was kept
  if (const auto author = sessions_.find(effect.author_session); author != sessions_.end()) {
    author->second.refused_in_a_row = 0;
  }
  feed->second.push(effect.number, effect.author_session, wire::encode_line(*effect.message),
                    effect.answer ? wire::encode_notice(*effect.answer) : "");
  has_something(effect.room);
}

void PlainTransport::carry_out(const chat::RereadRoom& effect) {
  const auto [from, to] = feeds_.at(effect.room).reread(effect.session, effect.what);
  enqueue(sessions_.at(effect.session).path, wire::encode_notice(chat::Rereading{from, to}));
  has_something(effect.room);
}

void PlainTransport::carry_out(const chat::SetNumbered& effect) {
  Session& session = sessions_.at(effect.session);
  session.numbered = effect.numbered;
  if (session.reads) feeds_.at(*session.reads).set_numbered(effect.session, effect.numbered);
}

void PlainTransport::take(const chat::Slice& slice) {
  const auto feed = feeds_.find(slice.room);
  if (feed == feeds_.end()) return;
  feed->second.take(slice);
  has_something(slice.room);
}

void PlainTransport::has_something(chat::RoomId room) {
  if (std::find(advanced_.begin(), advanced_.end(), room) == advanced_.end()) {
    advanced_.push_back(room);
  }
}

std::optional<Instant> PlainTransport::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& [room, due] : bursts_) next = std::min(next.value_or(due), due);
  return next;
}

void PlainTransport::carry_out(const chat::Tell& effect) {
  if (hushed_ == effect.session) {
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

void PlainTransport::carry_out(const chat::Gone& effect) {
  const auto session = sessions_.find(effect.session);
  session_by_address_.erase(session->second.path.peer);
  sessions_.erase(session);
  gate_.gone(effect.session.value);
}

void PlainTransport::enqueue(const link::Path& path, std::string bytes) {
  if (notices_.size() == kMostNotices) {
    ++counts_.notices_dropped;
    return;
  }
  notices_.push_back(Notice{path, std::move(bytes)});
}

bool PlainTransport::flush(link::DatagramSocket& socket, Instant now) {
  start_bursts(now);
  return flush_notices(socket) && flush_feeds(socket, now);
}

void PlainTransport::start_bursts(Instant now) {
  for (auto burst = bursts_.begin(); burst != bursts_.end();) {
    if (burst->second > now) {
      ++burst;
      continue;
    }
    has_something(burst->first);
    burst = bursts_.erase(burst);
  }
}

bool PlainTransport::flush_feeds(link::DatagramSocket& socket, Instant now) {
  while (!advanced_.empty()) {
    const chat::RoomId room = advanced_.front();
    Feed& feed = feeds_.at(room);
    const bool done = feed.deliver(socket, now);
    // A room for which there was no room goes to the end, so that a busy one does not starve the
    // others.
    if (!done) advanced_.push_back(room);
    advanced_.erase(advanced_.begin());
    if (!done) return false;
    if (const auto after = feed.next_read()) {
      reads_.push_back({room, *after, feed_sizes_.past_burst_bytes});
    }
    if (const auto burst = feed.next_burst()) bursts_[room] = *burst;
  }
  return true;
}

bool PlainTransport::flush_notices(link::DatagramSocket& socket) {
  std::vector<iovec> parts;
  std::vector<link::Outbound> batch;
  parts.reserve(notices_.size());
  batch.reserve(notices_.size());
  for (Notice& notice : notices_) {
    parts.push_back({notice.bytes.data(), notice.bytes.size()});
    batch.push_back(link::Outbound{&notice.path, {&parts.back(), 1}});
  }
  const std::size_t sent = socket.send(batch);
  notices_.erase(notices_.begin(), notices_.begin() + static_cast<std::ptrdiff_t>(sent));
  return notices_.empty();
}

}  // namespace palabre::server
