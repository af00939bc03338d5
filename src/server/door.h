#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"

namespace palabre::server {

/// One way in, by what is spoken there. Bytes reach it by means of its own (a datagram that it
/// claims, a link whose user it is); for the house it is commands, effects and deadlines.
///
/// No call of one door reaches another, and no answer is taken by a call across: commands, effects,
/// reads and slices are values, which the house carries. Nobody but the door itself asks what kind
/// of door it is. One thread; `now` never goes backwards from one call to the next.
class Door {
 public:
  /// `index`: its place in the house; the ids of its sessions and of its reads have it.
  explicit Door(chat::DoorIndex index) : index_(index) {}
  virtual ~Door() = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  chat::DoorIndex index() const { return index_; }

  /// The next thing that somebody asks for: one datagram or frame, its requests in order. Nothing:
  /// for now. What the hub decides about it is carried out before the next call.
  virtual std::optional<chat::Command> next_command(Instant now) = 0;
  /// Effects on its own sessions, and on rooms. Every kind is visited: none vanishes unseen.
  virtual void carry_out(const chat::Effect& effect) = 0;
  /// What its readers wait for since the last call: to be read from the history, each with an id
  /// that its slice gives back.
  virtual std::vector<chat::Read> take_reads() = 0;
  virtual void take(const chat::Slice& slice) = 0;
  /// Sends what is due, as far as there is room.
  virtual void deliver(Instant now) = 0;
  /// Whether there was less room than was due: call `on_writable` once there is some.
  virtual bool wants_to_write() const = 0;
  virtual void on_writable(Instant now) = 0;
  /// When to call `on_deadline`; it may change with every call of anything else.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Harmless at any other moment.
  virtual void on_deadline(Instant now) = 0;
  /// The server ends, and everybody has been told: ends what its sessions came by.
  virtual void close(Instant now) = 0;

 private:
  const chat::DoorIndex index_;
};

}  // namespace palabre::server
