#include "world.h"

#include <fmt/format.h>

namespace palabre::sim {

namespace {

using std::chrono_literals::operator""ms;

constexpr std::uint16_t kServerPort = 5000;
constexpr std::uint32_t kInterface = 2;

}  // namespace

guard::Policy World::open_to_all() {
  guard::Policy policy;
  policy.trusted = {*guard::Network::parse("0.0.0.0/0"), *guard::Network::parse("::/0")};
  policy.exempt = policy.trusted;
  return policy;
}

World::World(std::uint64_t seed, const chat::Limits& limits, const Impairment& impairment,
             const guard::Policy& policy)
    : random_(seed),
      impairment_(impairment),
      gate_(policy, {}, {kServerPort}),
      hub_(limits),
      history_([this] { return random_.below(~std::uint64_t{0}); }),
      socket_(*this),
      server_(hub_, history_, gate_, socket_, {.batch = impairment.batch}) {}

void World::after(chat::Duration delay, std::function<void()> what) {
  agenda_.emplace(std::pair{now_ + delay, ++sequence_}, std::move(what));
}

void World::send_to_server(const net::Address& from, std::string bytes) {
  if (random_.chance(impairment_.loss)) return;
  const int copies = random_.chance(impairment_.duplication) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    const auto most = static_cast<std::uint64_t>(impairment_.delay.count());
    const chat::Duration delay(most == 0 ? 0 : random_.below(most));
    after(delay, [this, from, bytes] { arrive(from, bytes); });
  }
}

void World::arrive(const net::Address& from, std::string bytes) {
  socket_.inbox.emplace_back(from, std::move(bytes));
  // Now and then the server is busy for a moment and finds several at once.
  if (random_.chance(30)) return after(1ms, [this] { follow_up(); });
  follow_up();
}

void World::follow_up() {
  while (!server_.on_readable(now_)) {
  }
  if (server_.wants_to_write() && !writable_expected_) {
    writable_expected_ = true;
    after(1ms, [this] {
      writable_expected_ = false;
      server_.on_writable();
      follow_up();
    });
  }
}

void World::run() {
  for (;;) {
    const auto deadline = server_.next_deadline();
    const bool something_planned = !agenda_.empty();
    if (deadline && (!something_planned || *deadline <= agenda_.begin()->first.first)) {
      now_ = *deadline;
      server_.on_deadline(now_);
      follow_up();
    } else if (something_planned) {
      const auto first = agenda_.begin();
      now_ = first->first.first;
      const auto what = std::move(first->second);
      agenda_.erase(first);
      what();
    } else {
      return;
    }
  }
}

void World::close_server() {
  server_.close(now_);
  follow_up();
}

void World::record(const char* what, const net::Address& peer, const std::string& bytes) {
  trace_ +=
      fmt::format("{} {} {} {}\n", now_.time_since_epoch().count(), what, peer.label(), bytes);
}

std::span<const net::Inbound> World::Socket::receive() {
  batch_.clear();
  inbound_.clear();
  while (!inbox.empty() && batch_.size() < kBatch) {
    batch_.push_back(std::move(inbox.front()));
    inbox.pop_front();
  }
  for (const auto& [from, bytes] : batch_) {
    world_.record("read", from, bytes);
    if (world_.on_read) world_.on_read(from, bytes);
    inbound_.push_back(net::Inbound{net::Path{from, {}}, kInterface, bytes});
  }
  return inbound_;
}

std::size_t World::Socket::send(std::span<const net::Outbound> datagrams) {
  std::size_t sent = 0;
  for (; sent < datagrams.size(); ++sent) {
    if (world_.random_.chance(world_.impairment_.blocking)) break;
    std::string bytes;
    for (const iovec& part : datagrams[sent].parts) {
      bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
    }
    world_.record("sent", datagrams[sent].path->peer, bytes);
    if (world_.on_sent) world_.on_sent(datagrams[sent].path->peer, bytes);
  }
  return sent;
}

}  // namespace palabre::sim
