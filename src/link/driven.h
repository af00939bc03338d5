#pragma once

#include <optional>

#include "base/time.h"

namespace palabre::link {

/// What an event loop drives: tells it that its socket is readable or writable, and what time it
/// is. It reads no clock and waits for nothing itself. One thread; `now` never goes backwards from
/// one call to the next.
class Driven {
 public:
  virtual ~Driven() = default;

  /// Something waits at the socket. Takes one batch and does what follows from it. True: that was
  /// all that waited.
  virtual bool on_readable(Instant now) = 0;
  /// Whether to call `on_writable` once the socket has room.
  virtual bool wants_to_write() const = 0;
  virtual void on_writable(Instant now) = 0;
  /// When to call `on_deadline`. It may change with every call of anything else.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Harmless at any other moment.
  virtual void on_deadline(Instant now) = 0;
};

}  // namespace palabre::link
