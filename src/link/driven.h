#pragma once

#include <optional>

#include "base/time.h"

namespace palabre::link {

/// The object that an event loop drives: the loop reports when its socket is readable or writable,
/// and the time. It reads no clock and never blocks. One thread; `now` never decreases from one
/// call to the next.
class Driven {
 public:
  virtual ~Driven() = default;

  /// The socket is readable. Receives one batch and processes it. True: nothing more waits.
  virtual bool on_readable(Instant now) = 0;
  /// Whether to call `on_writable` once the socket has room.
  virtual bool wants_to_write() const = 0;
  virtual void on_writable(Instant now) = 0;
  /// When to call `on_deadline`. Any other call may change it.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Calling it too early is harmless.
  virtual void on_deadline(Instant now) = 0;
};

}  // namespace palabre::link
