#include "pipes.h"

#include <algorithm>
#include <utility>

namespace palabre::sim {

using std::chrono_literals::operator""ms;

namespace {

link::Pipe::Options options_of(const PipeWorld& world, const Pipework& work, const Address& peer) {
  link::Link::Exporter exporter{};
  for (std::uint8_t& byte : exporter) byte = static_cast<std::uint8_t>(world.random.below(256));
  return {.window = work.window, .exporter = exporter, .server = peer, .client = peer};
}

}  // namespace

Conduit::Conduit(PipeWorld world, const Pipework& work, link::LinkUser& server,
                 link::LinkUser& client, const Address& peer)
    : world_(std::move(world)), work_(work), pipe_(options_of(world_, work, peer)) {
  pipe_.connect(Side::kServer, &server);
  pipe_.connect(Side::kClient, &client);
  pipe_.on_work = [this](Side from) { move(from); };
}

void Conduit::open() {
  if (!pipe_.is_connected(Side::kServer)) return;
  open(Side::kClient);
  world_.after(1ms, [self = shared_from_this()] { self->open(Side::kServer); });
}

void Conduit::open(Side side) {
  if (!pipe_.is_connected(side) || cut_) return;
  pipe_.open(side, world_.now());
  if (side == Side::kServer) world_.follow_server();
}

void Conduit::cut() {
  if (std::exchange(cut_, true)) return;
  for (const Side side : {Side::kServer, Side::kClient}) {
    world_.after(work_.idle, [self = shared_from_this(), side] {
      if (!self->pipe_.is_connected(side)) return;
      self->pipe_.finish(side, {false, 0, "idle for too long"}, self->world_.now());
      if (side == Side::kServer) self->world_.follow_server();
    });
  }
}

void Conduit::move(Side from) {
  if (std::exchange(is_moving(from), true)) return;
  const auto most = static_cast<std::uint64_t>(work_.delay.count());
  const Duration delay(most == 0 ? 0 : world_.random.below(most));
  world_.after(delay, [self = shared_from_this(), from] { self->carry(from); });
}

void Conduit::carry(Side from) {
  is_moving(from) = false;
  if (cut_ || !pipe_.can_carry(from)) return;
  const std::size_t on_the_way = pipe_.on_the_way(from);
  const std::size_t piece = on_the_way == 0 ? 0 : 1 + world_.random.below(on_the_way);
  pipe_.carry(from, piece, world_.now());
  world_.follow_server();
}

Pipes::~Pipes() {
  for (const auto& pipe : pipes_) {
    pipe->forget_server();
    pipe->cut();
  }
}

std::size_t Pipes::count() {
  std::erase_if(pipes_, [](const auto& pipe) { return pipe->is_over(); });
  return pipes_.size();
}

std::shared_ptr<Conduit> Pipes::dial(link::LinkUser& client, const Address& from) {
  if (pipes_.size() >= sweep_at_) sweep_at_ = 2 * count() + 16;
  auto pipe = std::make_shared<Conduit>(world_, work_, server_, client, from);
  pipes_.push_back(pipe);
  world_.after(1ms, [pipe] { pipe->open(); });
  return pipe;
}

}  // namespace palabre::sim
