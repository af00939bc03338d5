#include "pipes.h"

#include <algorithm>
#include <utility>

namespace palabre::sim {

using std::chrono_literals::operator""ms;

Pipe::Pipe(PipeWorld world, const Pipework& work, link::LinkUser& server, link::LinkUser& client)
    : world_(std::move(world)), work_(work) {
  for (std::size_t side : {kServer, kClient}) {
    ends_[side].pipe = this;
    ends_[side].side = side;
    ends_[side].credit = work.window;
  }
  ends_[kServer].user = &server;
  ends_[kClient].user = &client;
  for (std::uint8_t& byte : exporter_) byte = static_cast<std::uint8_t>(world_.random.below(256));
}

void Pipe::open() {
  if (ends_[kServer].user == nullptr) return;
  open(ends_[kClient]);
  world_.after(1ms, [self = shared_from_this()] { self->open(self->ends_[kServer]); });
}

void Pipe::open(End& end) {
  if (end.user == nullptr || cut_) return;
  end.is_open = true;
  end.user->on_open(end, world_.now());
  if (end.side == kServer) world_.follow_server();
  move(other(end));
}

void Pipe::cut() {
  if (std::exchange(cut_, true)) return;
  for (End& end : ends_) tell_closed(end, {false, 0, "idle for too long"}, work_.idle);
}

bool Pipe::is_over() const {
  return std::all_of(ends_.begin(), ends_.end(),
                     [](const End& end) { return end.user == nullptr; });
}

void Pipe::tell_closed(End& end, const link::LinkUser::Closed& how, Duration after) {
  world_.after(after, [self = shared_from_this(), side = end.side, how] {
    End& told = self->ends_[side];
    link::LinkUser* const user = std::exchange(told.user, nullptr);
    if (user == nullptr) return;
    user->on_closed(told, how, self->world_.now());
    if (side == kServer) self->world_.follow_server();
  });
}

void Pipe::End::send(link::Chunk bytes) {
  out += *bytes;
  pipe->move(*this);
}

std::size_t Pipe::End::room() const {
  const std::size_t window = pipe->work_.window;
  const bool is_full = out.size() >= window;
  if (is_full) const_cast<End*>(this)->was_full = true;
  return is_full ? 0 : window - out.size();
}

void Pipe::End::consumed(std::size_t bytes) {
  End& peer = pipe->other(*this);
  peer.credit += bytes;
  pipe->move(peer);
}

void Pipe::End::close(std::uint64_t code, std::string_view why) {
  if (closing) return;
  closing = link::LinkUser::Closed{true, code, std::string(why)};
  pipe->move(*this);
}

Address Pipe::End::peer() const { return *Address::parse("10.0.0.9", 4000); }

void Pipe::move(End& end) {
  const bool has_work = (!end.out.empty() && end.credit > 0) || (end.out.empty() && end.closing);
  if (!has_work || !other(end).is_open || std::exchange(end.is_moving, true)) return;
  const auto most = static_cast<std::uint64_t>(work_.delay.count());
  const Duration delay(most == 0 ? 0 : world_.random.below(most));
  world_.after(delay,
               [self = shared_from_this(), side = end.side] { self->carry(self->ends_[side]); });
}

void Pipe::carry(End& end) {
  end.is_moving = false;
  if (cut_) return;
  End& to = other(end);
  if (end.out.empty() && end.closing) {
    tell_closed(to, *end.closing, {});
    tell_closed(end, {false, 0, ""}, {});
    return;
  }
  const std::size_t most = std::min(end.out.size(), end.credit);
  const std::size_t piece = most == 0 ? 0 : 1 + world_.random.below(most);
  const std::string bytes = end.out.substr(0, piece);
  end.out.erase(0, piece);
  end.credit -= piece;
  if (to.user != nullptr && !bytes.empty()) to.user->on_bytes(to, bytes, world_.now());
  if (to.side == kServer && to.user != nullptr) world_.follow_server();
  if (end.was_full && end.out.size() < work_.window) {
    end.was_full = false;
    if (end.user != nullptr) end.user->on_room(end, world_.now());
    if (end.side == kServer && end.user != nullptr) world_.follow_server();
  }
  move(end);
}

Pipes::~Pipes() {
  for (const auto& pipe : pipes_) {
    pipe->forget_server();
    pipe->cut();
  }
}

std::shared_ptr<Pipe> Pipes::dial(link::LinkUser& client) {
  std::erase_if(pipes_, [](const auto& pipe) { return pipe->is_over(); });
  auto pipe = std::make_shared<Pipe>(world_, work_, server_, client);
  pipes_.push_back(pipe);
  world_.after(1ms, [pipe] { pipe->open(); });
  return pipe;
}

}  // namespace palabre::sim
