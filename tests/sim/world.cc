#include "world.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "chat/memory_history.h"

namespace palabre::sim {

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::uint16_t kServerPort = 5000;
constexpr std::uint32_t kInterface = 2;

guard::Source source_of(const link::Link& link) {
  return {link.peer().ip_bytes(), link.peer().port(), link.interface()};
}

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
      hub(world.limits_, world.rooms_.keeping, world.access()),
      history(std::move(opened)),
      guests({0}, gate, world.socket_, world.rooms_.sizes),
      members({1}, world.outside_of_members()),
      operators({2}, gate, world.inviting()),
      house(hub, *history, {&guests, &members, &operators}, world.rooms_.wall),
      port(house, world.socket_, {&guests}) {
  if (world.rooms_.members) {
    pipes = std::make_unique<Pipes>(world.outside_of_pipes(), *world.rooms_.members, members);
  }
}

chat::Access World::access() const { return rooms_.access ? rooms_.access() : chat::Access{}; }

server::Inviting World::inviting() {
  server::Inviting inviting;
  inviting.host = "chat.example";
  inviting.port = kServerPort;
  inviting.pin = Pin{};
  inviting.access = access();
  inviting.draw = [this] {
    wire::InviteToken token;
    for (std::uint8_t& byte : token.bytes) byte = static_cast<std::uint8_t>(random_.below(256));
    return token;
  };
  inviting.wall = rooms_.wall;
  return inviting;
}

void World::start() {
  ++starts_;
  auto history = rooms_.open_history(outside());
  if (!history) {
    after(1s, [this, starts = starts_] {
      if (!life_ && starts_ == starts) start();
    });
    return;
  }
  ++lives_;
  life_ = std::make_unique<Life>(*this, std::move(history));
  life_->house.open(now_);
}

server::FramesDoor::Entry World::entry_of(const link::Link& link, Instant now) {
  using Entry = server::FramesDoor::Entry;
  if (!life_) return Entry::kOpen;
  const guard::Source source = source_of(link);
  if (life_->gate.is_banned(source.ip, now)) return Entry::kBanned;
  return life_->gate.admits_member(source) ? Entry::kOpen : Entry::kNotFromHere;
}

void World::operate(const server::ControlRequest& request, server::OperatorsDoor::Done done) {
  if (!life_) return;
  life_->operators.ask(request, "", now_, std::move(done));
  life_->house.settle(now_);
  follow_up();
}

server::FramesDoor::Outside World::outside_of_members() {
  return {.random =
              [this](std::span<std::uint8_t> bytes) {
                for (std::uint8_t& byte : bytes)
                  byte = static_cast<std::uint8_t>(random_.below(256));
              },
          .wall = rooms_.wall,
          .admits = [this](const link::Link& link, Instant now) { return entry_of(link, now); },
          .reach = [this](const link::Link& link) { return life_->gate.reach_of(source_of(link)); },
          .is_exempt =
              [this](const link::Link& link) { return life_->gate.is_exempt(source_of(link)); },
          .identity = {},
          .server = "simulation",
          .feed = rooms_.member_sizes,
          .posts = policy_.posts};
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
  after(delay, [this, start = starts_, what = std::move(what)] {
    if (life_ && start == starts_) what();
  });
}

void World::wake() {
  if (!life_ || life_->woken) return;
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

bool World::step(Instant end) {
  const auto deadline = life_ ? life_->port.next_deadline() : std::nullopt;
  const bool something_planned = !agenda_.empty();
  if (deadline && (!something_planned || *deadline <= agenda_.begin()->first.first)) {
    if (*deadline > end) return false;
    now_ = std::max(now_, *deadline);
    life_->port.on_deadline(now_);
    follow_up();
    return true;
  }
  if (!something_planned || agenda_.begin()->first.first > end) return false;
  const auto first = agenda_.begin();
  now_ = first->first.first;
  const auto what = std::move(first->second);
  agenda_.erase(first);
  what();
  return true;
}

void World::run() {
  while (step(Instant::max())) {
  }
}

void World::run_until(Instant end) {
  while (step(end)) {
  }
  now_ = std::max(now_, end);
}

void World::close_server() {
  if (!life_) return;
  life_->house.close(now_);
  follow_up();
}

void World::record(const char* what, const Address& peer, const std::string& bytes) {
  if (!rooms_.traced) return;
  trace_ +=
      fmt::format("{} {} {} {}\n", now_.time_since_epoch().count(), what, peer.label(), bytes);
}

void World::note(std::string_view what) {
  if (!rooms_.traced) return;
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
