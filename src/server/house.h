#pragma once

#include <cstddef>
#include <functional>
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

/// The loop of the server: takes commands from the doors, has the hub decide them, carries out the
/// effects, passes reads and slices between the doors and the history, and has the doors deliver,
/// until nothing is left to do. The house owns only this loop and the log of the registry. It knows
/// doors by their index alone. The driver has the socket, the clock and the wake-ups:
/// `net::AsioDriver`, or the simulation.
///
/// One thread. Borrows the hub, the history and the doors, which must outlive the house. `now`
/// never goes backwards from one call to the next.
class House {
 public:
  /// Requires that each door's index is its place in `doors` (otherwise std::logic_error), and at
  /// most 256 doors.
  /// `wall`: the wall clock, by which decisions end. Without one they do not.
  House(chat::Hub& hub, chat::History& history, std::vector<Door*> doors,
        std::function<WallTime()> wall = {});

  /// Begins to read the registry. Call it before anything else. `unreadable`: see
  /// `RegistryLog::start`.
  void open(Instant now, std::size_t unreadable = 0);

  /// Decides all commands of the doors, and does not deliver: each datagram of a batch is decided
  /// in turn, and `settle` delivers the results together. Returns whether there was a command.
  bool hear(Instant now);
  /// Takes all input from the doors and the history and delivers the results, until nothing is left
  /// to do. Call it after `hear`, and after any other call to a door.
  void settle(Instant now);
  /// The history has news: verdicts on posts, or a part of the past.
  void on_history(Instant now) { settle(now); }

  bool wants_to_write() const;
  void on_writable(Instant now);
  /// When to call `on_deadline`. Any other call may change it.
  std::optional<Instant> next_deadline() const;
  /// Harmless at any other time.
  void on_deadline(Instant now);
  /// Ends all sessions with a goodbye, and closes their links. Delivers as far as there is room:
  /// the caller keeps calling `on_writable`, as long as it is willing to wait, while
  /// `wants_to_write`.
  void close(Instant now);

  const RegistryLog& registry_log() const { return registry_log_; }
  const chat::Registry& registry() const { return hub_.registry(); }
  std::vector<chat::Fill> fills() const { return hub_.fills(); }

 private:
  void decide(const chat::Command& command, Instant now);
  void tell_wall_clock(Instant now);
  /// Without taking the history's answers.
  void decide_alone(const chat::Command& command, Instant now);
  void hear_log(Instant now);
  void take_slices(Instant now);
  bool ask_history();

  void carry_out(chat::Effect& effect);
  void carry_out_as(chat::OpenRoom& open, const chat::Effect& effect);
  void carry_out_as(const chat::CloseRoom& close, const chat::Effect& effect);
  void carry_out_as(const chat::RoomAdvanced& advanced, const chat::Effect& effect);
  void carry_out_as(const chat::RoomRedacted& redacted, const chat::Effect& effect);
  void carry_out_as(chat::Append& append, const chat::Effect& effect);
  void carry_out_as(const chat::KeepRecord& keep, const chat::Effect& effect);
  void carry_out_as(const chat::TellOperator& tell, const chat::Effect& effect);
  void carry_out_as(const chat::Noted& noted, const chat::Effect& effect);
  void carry_out_as(const chat::NetworkBanned& banned, const chat::Effect& effect);
  /// An effect on a session goes to its door.
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
  std::function<WallTime()> wall_;
  std::optional<Instant> wall_told_;  // to the hub
};

}  // namespace palabre::server
