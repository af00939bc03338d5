#include "server/house.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

namespace palabre::server {
namespace {

/// The wall clock may be set at any time.
constexpr Duration kWallEvery = std::chrono::seconds(1);

}  // namespace

House::House(chat::Hub& hub, chat::History& history, std::vector<Door*> doors,
             std::function<WallTime()> wall)
    : hub_(hub),
      history_(history),
      doors_(std::move(doors)),
      registry_log_(history),
      wall_(std::move(wall)) {
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    if (doors_[i]->index().value != i) throw std::logic_error("A door is not in its place.");
  }
}

void House::open(Instant now, std::size_t unreadable) {
  for (const chat::Command& record : registry_log_.start(unreadable)) decide_alone(record, now);
  settle(now);
}

bool House::hear(Instant now) {
  bool heard = false;
  for (Door* const door : doors_) {
    while (const auto command = door->next_command(now)) {
      decide(*command, now);
      heard = true;
    }
  }
  return heard;
}

void House::settle(Instant now) {
  hear_log(now);
  take_slices(now);
  for (bool moves = true; moves;) {
    hear(now);
    for (Door* const door : doors_) door->deliver(now);
    // Delivery may make room for more input at a door; a history that has read at once wakes
    // nobody.
    moves = hear(now);
    if (ask_history()) {
      take_slices(now);
      moves = true;
    }
  }
}

void House::decide(const chat::Command& command, Instant now) {
  decide_alone(command, now);
  hear_log(now);  // the history of a memory room has answered already
}

void House::tell_wall_clock(Instant now) {
  if (!wall_ || (wall_told_ && now - *wall_told_ < kWallEvery)) return;
  wall_told_ = now;
  for (chat::Effect& effect : hub_.handle(chat::WallClock{wall_()}, now)) carry_out(effect);
}

void House::decide_alone(const chat::Command& command, Instant now) {
  tell_wall_clock(now);
  chat::Effects effects = hub_.handle(command, now);
  for (chat::Effect& effect : effects) carry_out(effect);
}

void House::hear_log(Instant now) {
  // Events that come meanwhile wait until these are handled: the numbers stay in order.
  for (bool has_more = true; has_more;) {
    const auto refused = registry_log_.take_refused();
    for (const chat::Command& record : refused) decide_alone(record, now);
    auto events = history_.take_events();
    for (chat::LogEvent& event : events) {
      const auto command = RegistryLog::is_about_registry(event)
                               ? registry_log_.read_event(event)
                               : std::optional(chat::to_command(std::move(event)));
      if (command) decide_alone(*command, now);
    }
    has_more = !refused.empty() || !events.empty();
  }
}

void House::take_slices(Instant now) {
  for (const chat::Slice& slice : history_.take_slices()) {
    if (slice.room != RegistryLog::kRoom) {
      doors_.at(slice.id.door.value)->take(slice);
      continue;
    }
    for (const chat::Command& record : registry_log_.read_slice(slice, now)) decide(record, now);
  }
}

bool House::ask_history() {
  bool asked = registry_log_.take_asked();
  for (Door* const door : doors_) {
    for (const chat::Read& read : door->take_reads()) {
      history_.read(read);
      asked = true;
    }
  }
  return asked;
}

bool House::wants_to_write() const {
  return std::any_of(doors_.begin(), doors_.end(),
                     [](const Door* door) { return door->wants_to_write(); });
}

void House::on_writable(Instant now) {
  for (Door* const door : doors_) {
    if (door->wants_to_write()) door->on_writable(now);
  }
  settle(now);
}

std::optional<Instant> House::next_deadline() const {
  std::optional<Instant> next = hub_.next_deadline();
  const auto consider = [&](std::optional<Instant> due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  consider(registry_log_.next_deadline());
  for (const Door* const door : doors_) consider(door->next_deadline());
  return next;
}

void House::on_deadline(Instant now) {
  registry_log_.on_deadline(now);
  for (Door* const door : doors_) door->on_deadline(now);
  decide(chat::Tick{}, now);
  settle(now);
}

void House::close(Instant now) {
  decide(chat::Close{}, now);
  settle(now);
  for (Door* const door : doors_) door->close(now);
  settle(now);
}

void House::tell_doors(const chat::Effect& effect) {
  for (Door* const door : doors_) door->carry_out(effect);
}

void House::carry_out(chat::Effect& effect) {
  std::visit([&](auto& one) { carry_out_as(one, effect); }, effect);
}

void House::carry_out_as(chat::OpenRoom& open, const chat::Effect& effect) {
  open.end = history_.open(open.room, open.name);
  tell_doors(effect);
}

void House::carry_out_as(const chat::CloseRoom& close, const chat::Effect& effect) {
  tell_doors(effect);
  history_.close(close.room);
}

void House::carry_out_as(const chat::RoomAdvanced& /*advanced*/, const chat::Effect& effect) {
  tell_doors(effect);
}

void House::carry_out_as(const chat::RoomRedacted& /*redacted*/, const chat::Effect& effect) {
  tell_doors(effect);
}

void House::carry_out_as(chat::Append& append, const chat::Effect& /*effect*/) {
  history_.append(std::move(append.draft));
}

void House::carry_out_as(const chat::KeepRecord& keep, const chat::Effect& /*effect*/) {
  registry_log_.keep(keep);
}

void House::carry_out_as(const chat::TellOperator& tell, const chat::Effect& effect) {
  door_of(tell.by).carry_out(effect);
}

void House::carry_out_as(const chat::Noted& /*noted*/, const chat::Effect& effect) {
  tell_doors(effect);
}

void House::carry_out_as(const chat::NetworkBanned& /*banned*/, const chat::Effect& effect) {
  tell_doors(effect);
}

}  // namespace palabre::server
