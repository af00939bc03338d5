#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"

namespace palabre::server {

/// One way into the server, for one protocol. A door gets its bytes by its own means (a datagram
/// that it claims, a link whose user it is). To the house it is commands, effects and deadlines.
///
/// Doors never call each other, and no answer crosses doors by a call: commands, effects, reads and
/// slices are values, which the house carries. Nobody but the door itself asks what kind of door it
/// is. One thread; `now` never goes backwards from one call to the next.
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
  /// Receives effects on its own sessions, and on rooms. A door visits every kind of effect, so
  /// that none is lost unseen.
  virtual void carry_out(const chat::Effect& effect) = 0;
  /// Reads that its readers need from the history, new since the last call. The id of a read comes
  /// back with its slice.
  virtual std::vector<chat::Read> take_reads() = 0;
  virtual void take(const chat::Slice& slice) = 0;
  /// Sends what is due, as far as there is room.
  virtual void deliver(Instant now) = 0;
  /// Whether something due found no room: call `on_writable` once there is room.
  virtual bool wants_to_write() const = 0;
  virtual void on_writable(Instant now) = 0;
  /// When to call `on_deadline`; any other call may change it.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Harmless at any other time.
  virtual void on_deadline(Instant now) = 0;
  /// The server is stopping, and its goodbyes have been sent: closes the links of the sessions.
  virtual void close(Instant now) = 0;

 private:
  const chat::DoorIndex index_;
};

}  // namespace palabre::server
