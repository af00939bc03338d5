#include "net/plain.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/clean.h"
#include "wire/text.h"

namespace palabre::net {

std::optional<PlainTransport::Incoming> PlainTransport::read(const Inbound& inbound) {
  const auto known = session_by_address_.find(inbound.path.peer);
  const bool is_new = known == session_by_address_.end();
  if (is_new && inbound.bytes.empty()) {
    ++counts_.strangers_dropped;
    return std::nullopt;
  }
  const wire::Cleaned cleaned = wire::clean(inbound.bytes);
  if (is_new && !cleaned.was_utf8) {
    ++counts_.strangers_dropped;
    return std::nullopt;
  }
  Incoming incoming;
  incoming.session = session_of(inbound.path);
  if (is_new) incoming.arrives_from = inbound.path.peer.label();
  incoming.requests = wire::parse_requests(cleaned.text);
  return incoming;
}

chat::SessionId PlainTransport::session_of(const Path& path) {
  const auto [known, is_new] = session_by_address_.try_emplace(path.peer);
  if (is_new) {
    known->second = {++last_session_.value};
    sessions_.emplace(known->second, Session{path, std::nullopt});
    return known->second;
  }
  Session& session = sessions_.at(known->second);
  if (std::memcmp(&session.path.local, &path.local, sizeof path.local) != 0) {
    session.path = path;
    if (session.reads) feeds_.at(*session.reads).set_path(known->second, path);
  }
  return known->second;
}

void PlainTransport::carry_out(const chat::OpenRoom& effect, chat::Cursor end) {
  feeds_.emplace(effect.room, Feed(end.number, feed_sizes_));
}

void PlainTransport::carry_out(const chat::CloseRoom& effect) {
  feeds_.erase(effect.room);
  std::erase(advanced_, effect.room);
}

void PlainTransport::carry_out(const chat::StartReading& effect) {
  Session& session = sessions_.at(effect.session);
  session.reads = effect.room;
  feeds_.at(effect.room).add_reader(effect.session, session.path);
}

void PlainTransport::carry_out(const chat::StopReading& effect) {
  Session& session = sessions_.at(effect.session);
  session.reads.reset();
  Feed::Due due = feeds_.at(effect.room).remove_reader(effect.session);
  if (notices_.size() + due.datagrams.size() > kMostNotices / 2) {
    enqueue(session.path, wire::encode_notice(chat::Gap{due.from, due.to}));
    return;
  }
  for (std::string& datagram : due.datagrams) enqueue(session.path, std::move(datagram));
}

void PlainTransport::carry_out(const chat::RoomAdvanced& effect) {
  const auto feed = feeds_.find(effect.room);
  if (feed == feeds_.end()) return;  // everybody left before the message was kept
  feed->second.push(effect.number, effect.author_session, wire::encode_line(*effect.message));
  if (std::find(advanced_.begin(), advanced_.end(), effect.room) == advanced_.end()) {
    advanced_.push_back(effect.room);
  }
}

void PlainTransport::carry_out(const chat::Tell& effect) {
  enqueue(sessions_.at(effect.session).path, wire::encode_notice(effect.event));
}

void PlainTransport::carry_out(const chat::Gone& effect) {
  const auto session = sessions_.find(effect.session);
  session_by_address_.erase(session->second.path.peer);
  sessions_.erase(session);
}

void PlainTransport::enqueue(const Path& path, std::string bytes) {
  if (notices_.size() == kMostNotices) {
    ++counts_.notices_dropped;
    return;
  }
  notices_.push_back(Notice{path, std::move(bytes)});
}

bool PlainTransport::flush(DatagramSocket& socket) {
  if (!flush_notices(socket)) return false;
  while (!advanced_.empty()) {
    const bool done = feeds_.at(advanced_.front()).deliver(socket);
    // A room for which there was no room goes to the end, so that a busy one does not starve the
    // others.
    if (!done) advanced_.push_back(advanced_.front());
    advanced_.erase(advanced_.begin());
    if (!done) return false;
  }
  return true;
}

bool PlainTransport::flush_notices(DatagramSocket& socket) {
  std::vector<iovec> parts;
  std::vector<Outbound> batch;
  parts.reserve(notices_.size());
  batch.reserve(notices_.size());
  for (Notice& notice : notices_) {
    parts.push_back({notice.bytes.data(), notice.bytes.size()});
    batch.push_back(Outbound{&notice.path, {&parts.back(), 1}});
  }
  const std::size_t sent = socket.send(batch);
  notices_.erase(notices_.begin(), notices_.begin() + static_cast<std::ptrdiff_t>(sent));
  return notices_.empty();
}

}  // namespace palabre::net
