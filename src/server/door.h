#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"

namespace palabre::server {

/// A protocol adapter of the server. It receives datagrams or link events, passes commands to the
/// house, and carries out the house's effects.
///
/// Doors do not call each other. The house passes every command, effect, read and slice, as values,
/// and does not know the kind of a door. One thread; `now` never goes backwards from one call to
/// the next.
class Door {
 public:
  /// `index`: the door's place in the house. The ids of its sessions and reads contain it.
  explicit Door(chat::DoorIndex index) : index_(index) {}
  virtual ~Door() = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  chat::DoorIndex index() const { return index_; }

  /// The next command: one datagram or frame, its requests in order. Nothing: there is none at the
  /// moment. The hub's decision about it is carried out before the next call.
  virtual std::optional<chat::Command> next_command(Instant now) = 0;
  /// Receives effects on its own sessions and on rooms, `TellOperator` to its own operators, and
  /// every `Noted`. A door visits every kind of effect, so that none is lost unseen.
  virtual void carry_out(const chat::Effect& effect) = 0;
  /// Returns the new read requests. The slice has the id of its request.
  virtual std::vector<chat::Read> take_reads() = 0;
  /// The slice answers one of this door's reads. An unknown id is ignored.
  virtual void take(const chat::Slice& slice) = 0;
  /// Sends what is due, as far as there is room.
  virtual void deliver(Instant now) = 0;
  /// Whether something due found no room: call `on_writable` once there is room.
  virtual bool wants_to_write() const = 0;
  /// The socket is writable: sends what is due.
  virtual void on_writable(Instant now) = 0;
  /// When to call `on_deadline`; any other call may change it.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Harmless at any other time.
  virtual void on_deadline(Instant now) = 0;
  /// The server is stopping: closes the links of the sessions. `House::close` has delivered the
  /// goodbyes as far as there was room; the rest is awaited after this call, while
  /// `wants_to_write`.
  virtual void close(Instant now) = 0;

 private:
  const chat::DoorIndex index_;
};

}  // namespace palabre::server
