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

/// Bytes that many links send: encoded once, unchanged until the last of them is acknowledged.
using Chunk = std::shared_ptr<const std::string>;

/// A reliable, ordered way to one peer, encrypted, with the peer's end proven or pinned: a QUIC
/// connection with its one stream, later a WebSocket. Owned by the set of links that it is one of
/// (`LinkSet`), which calls a `LinkUser` about it; valid for that user from `on_open` until
/// `on_closed` has returned.
///
/// Nothing of it writes to a socket: what is sent leaves when its set is flushed. So everything may
/// be called from within the user's own calls.
///
/// The client speaks first: until its first bytes have come, what the server sends may have to
/// wait.
class Link {
 public:
  /// A value that both ends of this very connection know, and nobody else (RFC 5705, label
  /// `EXPORTER-palabre-login`). It ties a login to its connection.
  using Exporter = std::array<std::uint8_t, 32>;

  virtual ~Link() = default;

  /// Queues. Takes any size, but see `room`.
  virtual void send(Chunk bytes) = 0;
  /// Bytes that it takes at the moment before more would only wait here: sent ones that are not
  /// acknowledged yet count as taken. 0: wait for `LinkUser::on_room`.
  virtual std::size_t room() const = 0;
  /// One datagram beside the stream, of at most 1,150 bytes: it may be lost, and is dropped where
  /// there is no room for it.
  virtual void send_unreliably(std::string_view bytes) = 0;
  /// So many of the bytes that came are dealt with; the peer may send as many more. Without it the
  /// peer comes to a halt, which is how a slow user slows it down.
  virtual void consumed(std::size_t bytes) = 0;
  /// Ends it, once what is queued has arrived or a moment has passed; the peer is told `why`, a
  /// short ASCII reason. Its user hears no more of it but `on_closed`, which comes later.
  virtual void close(std::uint64_t code, std::string_view why) = 0;

  /// Nothing where the peer cannot know it: a browser shows its page none.
  virtual std::optional<Exporter> exporter() const = 0;
  /// Where the peer is now; it may move.
  virtual Address peer() const = 0;
  /// Index of the interface by which its last bytes came, as the kernel tells it; 0: unknown.
  virtual std::uint32_t interface() const { return 0; }
};

/// Who is told what becomes of links: the members' door of a server, or a client's session. Every
/// call comes while bytes are read or a deadline is kept, never from within a call to a link.
class LinkUser {
 public:
  /// How a link ended.
  struct Closed {
    bool by_peer = false;
    std::uint64_t code = 0;  ///< the application's, 0 where there was none
    std::string why;         ///< the peer's reason, or ours, in words: not made safe to show
  };

  virtual ~LinkUser() = default;

  /// The handshake is complete, and everything may be sent.
  virtual void on_open(Link& link, Instant now) = 0;
  /// The next bytes of the stream. `bytes` is valid during the call. See `Link::consumed`.
  virtual void on_bytes(Link& link, std::string_view bytes, Instant now) = 0;
  virtual void on_datagram(Link& link, std::string_view bytes, Instant now) = 0;
  /// `Link::room` was 0 and is not any more.
  virtual void on_room(Link& link, Instant now) = 0;
  /// `Link::peer` is another.
  virtual void on_moved(Link& /*link*/, Instant /*now*/) {}
  /// It is over. Not called for one that never opened.
  virtual void on_closed(Link& link, const Closed& how, Instant now) = 0;
};

}  // namespace palabre::link
