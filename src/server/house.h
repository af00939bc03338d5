#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/hub.h"
#include "server/door.h"
#include "server/registry_log.h"

namespace palabre::server {

/// The way of a message, from a door and back to the doors: commands, effects, reads, deliver,
/// until nothing moves. It owns nothing but this loop, and the log of the registry; it knows the
/// doors by their indices alone. The socket, the clock and the wake-ups are those of the one who
/// drives it: `net::AsioDriver`, or the simulation.
///
/// One thread. Borrows everything that it is made with; all of it outlives the house. `now` never
/// goes backwards from one call to the next.
class House {
 public:
  /// Requires that each door's index is its place in `doors`, and that they are 256 at most.
  House(chat::Hub& hub, chat::History& history, std::vector<Door*> doors);

  /// Begins to read the registry; to be called before anything else. `unreadable`: see
  /// `RegistryLog::start`.
  void open(Instant now, std::size_t unreadable = 0);

  /// Decides what the doors have heard, and sends nothing yet: so several datagrams of a batch are
  /// each decided in turn, and delivered together. Whether there was anything.
  bool hear(Instant now);
  /// Hears everything that there is, from doors and history, and delivers what follows from it,
  /// until nothing moves. To be called after anything else has happened to a door.
  void settle(Instant now);
  /// The history has something: what was posted is kept or not, or a part of the past was read.
  void on_history(Instant now) { settle(now); }

  bool wants_to_write() const;
  void on_writable(Instant now);
  /// When to call `on_deadline`. It may change with every call of anything else.
  std::optional<Instant> next_deadline() const;
  /// Harmless at any other moment.
  void on_deadline(Instant now);
  /// Says goodbye to everybody, as far as there is room at once.
  void close(Instant now);

  const RegistryLog& registry_log() const { return registry_log_; }
  const chat::Registry& registry() const { return hub_.registry(); }

 private:
  void decide(const chat::Command& command, Instant now);
  /// Without what the history has to say to it.
  void decide_alone(const chat::Command& command, Instant now);
  void hear_log(Instant now);
  void take_slices(Instant now);
  bool ask_history();

  void carry_out(chat::Effect& effect);
  void carry_out_as(chat::OpenRoom& open, const chat::Effect& effect);
  void carry_out_as(const chat::CloseRoom& close, const chat::Effect& effect);
  void carry_out_as(const chat::RoomAdvanced& advanced, const chat::Effect& effect);
  void carry_out_as(chat::Append& append, const chat::Effect& effect);
  void carry_out_as(const chat::KeepRecord& keep, const chat::Effect& effect);
  void carry_out_as(const chat::TellOperator& tell, const chat::Effect& effect);
  void carry_out_as(const chat::Noted& noted, const chat::Effect& effect);
  /// Effects on a session are its door's to carry out.
  template <typename OnSession>
  void carry_out_as(const OnSession& one, const chat::Effect& effect) {
    door_of(one.session).carry_out(effect);
  }
  Door& door_of(chat::SessionId session) { return *doors_.at(session.door.value); }
  void tell_doors(const chat::Effect& effect);

  chat::Hub& hub_;
  chat::History& history_;
  std::vector<Door*> doors_;
  RegistryLog registry_log_;
};

}  // namespace palabre::server
