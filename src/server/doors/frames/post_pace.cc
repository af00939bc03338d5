#include "server/doors/frames/post_pace.h"

#include <algorithm>
#include <chrono>

namespace palabre::server {
namespace {

Duration seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::array<std::uint8_t, 32> bytes_of(const auto& bytes) {
  std::array<std::uint8_t, 32> all{};
  std::copy(bytes.begin(), bytes.end(), all.begin());
  return all;
}

}  // namespace

std::vector<PostPace::Limit> PostPace::limits_of(const Poster& poster) const {
  using Kind = Owner::Kind;
  if (poster.of == Class::kExempt) return {};
  const Owner member{Kind::kMember, poster.of, bytes_of(poster.key.bytes)};
  if (poster.of == Class::kBot) return {{member, rates_.of_bots}};
  const Rate& rate = poster.of == Class::kPublic ? rates_.from_public : rates_.from_lan;
  const auto around = [&](Kind kind, int v4, int v6) {
    return Owner{kind, poster.of, bytes_of(Network::around(poster.ip, v4, v6).ip.bytes)};
  };
  return {{member, rate},
          {around(Kind::kAddress, 32, 64), rate.times(rates_.address_times)},
          {around(Kind::kNetwork, 24, 56), rate.times(rates_.network_times)}};
}

bool PostPace::take(chat::SessionId session, const Poster& poster, Instant now) {
  Waiting waiting{limits_of(poster)};
  if (advance(session, waiting, now)) return true;
  waiting_.emplace(session, std::move(waiting));
  return false;
}

/// Takes tokens as far as there are any, and nobody waits for them; else joins a queue.
bool PostPace::advance(chat::SessionId session, Waiting& waiting, Instant now) {
  for (; waiting.at < waiting.limits.size(); ++waiting.at) {
    const auto& [owner, rate] = waiting.limits[waiting.at];
    Bucket& bucket = buckets_.of(owner, rate, now);
    const auto queue = queues_.find(owner);
    if (queue == queues_.end() && bucket.take(now)) continue;
    if (queue != queues_.end()) {
      queue->second.sessions.push_back(session);
    } else {
      queues_.emplace(owner, Queue{{session}, bucket.ready_at()});
      turns_.emplace(bucket.ready_at(), owner);
    }
    return false;
  }
  return true;
}

std::vector<chat::SessionId> PostPace::take_turns(Instant now) {
  std::vector<chat::SessionId> taken;
  while (!turns_.empty() && turns_.begin()->first <= now) {
    const Owner owner = turns_.begin()->second;
    turns_.erase(turns_.begin());
    Queue& queue = queues_.at(owner);
    while (!queue.sessions.empty()) {
      const chat::SessionId session = queue.sessions.front();
      Waiting& waiting = waiting_.at(session);
      Bucket& bucket = buckets_.of(owner, waiting.limits[waiting.at].rate, now);
      if (!bucket.take(now)) {
        queue.due = bucket.ready_at();
        turns_.emplace(queue.due, owner);
        break;
      }
      queue.sessions.pop_front();
      ++waiting.at;
      if (!advance(session, waiting, now)) continue;
      waiting_.erase(session);
      taken.push_back(session);
    }
    if (queue.sessions.empty()) queues_.erase(owner);
  }
  return taken;
}

std::optional<Instant> PostPace::next_turn() const {
  if (turns_.empty()) return std::nullopt;
  return turns_.begin()->first;
}

std::optional<PostPace::Wait> PostPace::wait_of(chat::SessionId session, Instant now) const {
  const auto found = waiting_.find(session);
  if (found == waiting_.end()) return std::nullopt;
  const Limit& limit = found->second.limits[found->second.at];
  const Queue& queue = queues_.at(limit.owner);
  const auto place = std::find(queue.sessions.begin(), queue.sessions.end(), session);
  const auto before = static_cast<double>(place - queue.sessions.begin());
  const double each = 1 / limit.rate.per_second;
  return Wait{std::max(queue.due - now, Duration{}) + seconds(before * each),
              seconds(static_cast<double>(queue.sessions.size()) * each)};
}

void PostPace::give_back(const Poster& poster) {
  for (const Limit& limit : limits_of(poster)) buckets_.give_back(limit.owner);
}

void PostPace::forget(chat::SessionId session) {
  const auto found = waiting_.find(session);
  if (found == waiting_.end()) return;
  const Waiting& waiting = found->second;
  for (std::size_t i = 0; i < waiting.at; ++i) buckets_.give_back(waiting.limits[i].owner);
  const auto queue = queues_.find(waiting.limits[waiting.at].owner);
  std::erase(queue->second.sessions, session);
  if (queue->second.sessions.empty()) {
    turns_.erase({queue->second.due, queue->first});
    queues_.erase(queue);
  }
  waiting_.erase(found);
}

}  // namespace palabre::server
