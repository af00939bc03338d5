#include "world.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "chat/memory_history.h"

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
             const guard::Policy& policy, Rooms rooms)
    : random_(seed),
      limits_(limits),
      impairment_(impairment),
      policy_(policy),
      rooms_(std::move(rooms)),
      socket_(*this) {
  rooms_.sizes.batch = impairment.batch;
  if (!rooms_.open_history) {
    rooms_.open_history = [this](const Outside&) {
      return std::make_unique<chat::MemoryHistory>(
          [this] { return random_.below(~std::uint64_t{0}); });
    };
  }
  start();
}

World::Life::Life(World& world, std::unique_ptr<chat::History> opened)
    : gate(world.policy_, {}, {kServerPort}),
      hub(world.limits_, world.rooms_.keeping),
      history(std::move(opened)),
      guests({0}, gate, world.socket_, world.rooms_.sizes),
      members({1}, world.outside_of_members()),
      house(hub, *history, {&guests, &members}),
      port(house, world.socket_, {&guests}) {
  if (world.rooms_.members) {
    pipes = std::make_unique<Pipes>(world.outside_of_pipes(), *world.rooms_.members, members);
  }
  house.open(world.now_);
}

void World::start() {
  ++lives_;
  life_ = std::make_unique<Life>(*this, rooms_.open_history(outside()));
}

server::FramesDoor::Outside World::outside_of_members() {
  return {.random =
              [this](std::span<std::uint8_t> bytes) {
                for (std::uint8_t& byte : bytes)
                  byte = static_cast<std::uint8_t>(random_.below(256));
              },
          .wall = [] { return WallTime{}; },
          .admits = [](const link::Link&, Instant) { return server::FramesDoor::Entry::kOpen; },
          .identity = {},
          .server = "simulation",
          .feed = rooms_.member_sizes};
}

PipeWorld World::outside_of_pipes() {
  return {.random = random_,
          .now = [this] { return now_; },
          .after = [this](Duration delay,
                          std::function<void()> what) { after(delay, std::move(what)); },
          .follow_server =
              [this] {
                if (!life_) return;
                life_->port.on_deadline(now_);
                follow_up();
              }};
}

Outside World::outside() {
  return {.random = random_,
          .later = [this](Duration delay,
                          std::function<void()> what) { in_this_life(delay, std::move(what)); },
          .wake = [this] { wake(); },
          .note = [this](std::string_view what) { note(what); }};
}

void World::crash(Duration down) {
  if (!life_) return;
  note("crash");
  life_.reset();
  socket_.inbox.clear();
  socket_.blocked_until = now_;
  after(down, [this] { start(); });
}

void World::in_this_life(Duration delay, std::function<void()> what) {
  after(delay, [this, life = lives_, what = std::move(what)] {
    if (life_ && life == lives_) what();
  });
}

void World::wake() {
  if (life_->woken) return;
  life_->woken = true;
  in_this_life(Duration(1ms) * static_cast<int>(random_.below(3)), [this] {
    life_->woken = false;
    life_->house.on_history(now_);
    follow_up();
  });
}

void World::after(Duration delay, std::function<void()> what) {
  agenda_.emplace(std::pair{now_ + delay, ++sequence_}, std::move(what));
}

void World::send_to_server(const Address& from, std::string bytes) {
  carry([this, from, bytes = std::move(bytes)] { arrive(from, bytes); });
}

void World::carry(const std::function<void()>& arrive) {
  if (random_.chance(impairment_.loss)) return;
  const int copies = random_.chance(impairment_.duplication) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    const auto most = static_cast<std::uint64_t>(impairment_.delay.count());
    const Duration delay(most == 0 ? 0 : random_.below(most));
    after(delay, arrive);
  }
}

void World::arrive(const Address& from, std::string bytes) {
  if (!life_) return;
  socket_.inbox.emplace_back(from, std::move(bytes));
  // Now and then the server is busy, and finds several datagrams at once.
  if (random_.chance(30)) return in_this_life(1ms, [this] { follow_up(); });
  follow_up();
}

void World::follow_up() {
  server::UdpPort& port = life_->port;
  while (!port.on_readable(now_)) {
  }
  if (port.wants_to_write() && !life_->writable_expected) {
    life_->writable_expected = true;
    const Duration blocked = std::max(Duration(1ms), socket_.blocked_until - now_);
    in_this_life(blocked, [this] {
      life_->writable_expected = false;
      life_->port.on_writable(now_);
      follow_up();
    });
  }
}

void World::run() {
  for (;;) {
    const auto deadline = life_ ? life_->port.next_deadline() : std::nullopt;
    const bool something_planned = !agenda_.empty();
    if (deadline && (!something_planned || *deadline <= agenda_.begin()->first.first)) {
      now_ = *deadline;
      life_->port.on_deadline(now_);
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
  life_->house.close(now_);
  follow_up();
}

void World::record(const char* what, const Address& peer, const std::string& bytes) {
  trace_ +=
      fmt::format("{} {} {} {}\n", now_.time_since_epoch().count(), what, peer.label(), bytes);
}

void World::note(std::string_view what) {
  trace_ += fmt::format("{} {}\n", now_.time_since_epoch().count(), what);
}

std::span<const link::Inbound> World::Socket::receive() {
  batch_.clear();
  inbound_.clear();
  while (!inbox.empty() && batch_.size() < kBatch) {
    batch_.push_back(std::move(inbox.front()));
    inbox.pop_front();
  }
  for (const auto& [from, bytes] : batch_) {
    world_.record("read", from, bytes);
    if (world_.on_read) world_.on_read(from, bytes);
    inbound_.push_back(link::Inbound{link::Path{from, {}}, kInterface, bytes});
  }
  return inbound_;
}

std::size_t World::Socket::send(std::span<const link::Outbound> datagrams) {
  std::size_t sent = 0;
  if (world_.now_ < blocked_until) return sent;
  for (; sent < datagrams.size(); ++sent) {
    if (world_.random_.chance(world_.impairment_.blocking)) {
      block();
      break;
    }
    std::string bytes;
    for (const iovec& part : datagrams[sent].parts) {
      bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
    }
    world_.record("sent", datagrams[sent].path->peer, bytes);
    if (world_.on_sent) world_.on_sent(datagrams[sent].path->peer, bytes);
  }
  return sent;
}

void World::Socket::block() {
  const auto most = static_cast<std::uint64_t>(world_.impairment_.blocked.count());
  if (most > 0) blocked_until = world_.now_ + Duration(world_.random_.below(most));
}

}  // namespace palabre::sim
