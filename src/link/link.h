#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/time.h"

namespace palabre::link {

/// Bytes shared by many links: encoded once, unchanged until the last link has its acknowledgement.
using Chunk = std::shared_ptr<const std::string>;

/// A reliable, ordered, encrypted channel to one peer whose identity is proven or pinned: a QUIC
/// connection with its one stream, later a WebSocket. Owned by its `LinkSet`, which calls a
/// `LinkUser` about it; valid for that user from `on_open` until `on_closed` has returned.
///
/// No call writes to a socket: data leaves when the set is flushed. So every function may be called
/// from within the user's own callbacks.
///
/// The client speaks first: data from the server may have to wait for the client's first bytes.
class Link {
 public:
  /// A value known to the two ends of this connection only (RFC 5705, label
  /// `EXPORTER-palabre-login`). It binds a login to its connection.
  using Exporter = std::array<std::uint8_t, 32>;

  virtual ~Link() = default;

  /// Queues `bytes` of any size; see `room` for backpressure.
  virtual void send(Chunk bytes) = 0;
  /// Bytes that the link accepts now before further ones would only wait here; bytes not yet
  /// acknowledged count as taken. 0: wait for `LinkUser::on_room`.
  virtual std::size_t room() const = 0;
  /// Sends one datagram outside the stream, of at most 1,150 bytes: it may be lost, and is dropped
  /// if there is no room.
  virtual void send_unreliably(std::string_view bytes) = 0;
  /// The user has processed this many of the received bytes; the peer may send as many more.
  /// Without it the peer stalls: that is the backpressure of a slow user.
  virtual void consumed(std::size_t bytes) = 0;
  /// Closes the link after the queued bytes have arrived, or after a short time limit; `why` is a
  /// short ASCII reason for the peer. The user then gets one more callback, `on_closed`, later.
  virtual void close(std::uint64_t code, std::string_view why) = 0;

  /// Empty if the peer cannot know it: browsers do not expose it to a page.
  virtual std::optional<Exporter> exporter() const = 0;
  /// The peer's current address; it may change.
  virtual Address peer() const = 0;
  /// Index of the interface by which the last bytes came; 0: unknown.
  virtual std::uint32_t interface() const { return 0; }
};

/// Receives the events of links: the members' door of a server, or a client's session. Callbacks
/// come while bytes are read or a deadline is handled, never from within a call to a link.
class LinkUser {
 public:
  /// How a link ended.
  struct Closed {
    bool by_peer = false;
    std::uint64_t code = 0;  ///< the application's code, 0 if there was none
    std::string why;         ///< the peer's reason, or ours, as text: not sanitised for display
  };

  virtual ~LinkUser() = default;

  /// The handshake is complete, and everything may be sent.
  virtual void on_open(Link& link, Instant now) = 0;
  /// The next bytes of the stream, valid during the call. See `Link::consumed`.
  virtual void on_bytes(Link& link, std::string_view bytes, Instant now) = 0;
  virtual void on_datagram(Link& link, std::string_view bytes, Instant now) = 0;
  /// `Link::room` was 0, and is positive again.
  virtual void on_room(Link& link, Instant now) = 0;
  /// `Link::peer` has changed.
  virtual void on_moved(Link& /*link*/, Instant /*now*/) {}
  /// The link has ended. Not called for a link that never opened.
  virtual void on_closed(Link& link, const Closed& how, Instant now) = 0;
};

}  // namespace palabre::link
