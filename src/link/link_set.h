#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace palabre::link {

/// All links of one kind that a server has, say over one QUIC socket: what they need of time, and
/// what ends them together. One thread. After anything else was called on it or on one of its
/// links, `flush` is due, and only then is `next_deadline` right.
class LinkSet {
 public:
  virtual ~LinkSet() = default;

  /// Hands to the network what is due, as far as that takes it.
  virtual void flush(Instant now) = 0;
  /// Whether it took less: `flush` again once there is room.
  virtual bool wants_to_write() const = 0;
  /// When to call `on_deadline`; it may change with every call of anything else.
  virtual std::optional<Instant> next_deadline() const = 0;
  /// Harmless at any other moment.
  virtual void on_deadline(Instant now) = 0;
  /// Closes all links; their peers are told.
  virtual void close_all(std::string_view why, Instant now) = 0;
};

}  // namespace palabre::link
