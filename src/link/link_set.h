#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace palabre::link {

/// All links of one kind that a server has, for example those over one QUIC socket: their common
/// deadlines and shutdown. One thread. After any other call to the set or to one of its links, call
/// `flush`; only then is `next_deadline` valid.
class LinkSet {
 public:
  virtual ~LinkSet() = default;

  /// Sends what is due, as far as the network accepts it.
  virtual void flush(Instant now) = 0;
  /// True: the last `flush` was incomplete; call it again once the socket has room.
  virtual bool wants_to_write() const = 0;
  /// When to call `on_deadline`. Any other call may change it.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Calling it too early is harmless.
  virtual void on_deadline(Instant now) = 0;
  /// Closes all links, and tells their peers.
  virtual void close_all(std::string_view why, Instant now) = 0;
};

}  // namespace palabre::link
