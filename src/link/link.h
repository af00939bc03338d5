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
#include "link/datagram_socket.h"

namespace palabre::link {

/// Bytes that many links send: encoded once, unchanged until the last of them is acknowledged.
using Chunk = std::shared_ptr<const std::string>;

/// A reliable, ordered way to one peer, encrypted, with the peer's end proven or pinned: a QUIC
/// connection with its one stream, later a WebSocket. Owned by whatever carries it, which calls a
/// `LinkUser` about it; valid for that user from `on_open` until `on_closed` has returned.
///
/// Nothing of it writes to a socket: what is sent leaves when its carrier is flushed. So everything
/// may be called from within the user's own calls.
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

  virtual const Exporter& exporter() const = 0;
  /// Where the peer is now; it may move.
  virtual Address peer() const = 0;
};

/// Who is told what becomes of links: the members' door of a server, or a client's session. Every
/// call comes from the carrier's `read` or `on_deadline`, never from within a call to a link.
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

/// What carries links over the datagrams of a socket that it shares with others. One thread. After
/// `read`, `on_deadline`, `close_all` and calls to its links, `flush` is due, and only then is
/// `next_deadline` right.
class LinkCarrier {
 public:
  virtual ~LinkCarrier() = default;

  /// Whether the datagram is its own: of a link that it carries, or the beginning of one. (DESIGN:
  /// rules 1 and 2 of the shared port.) Cheap; anything else is somebody else's.
  virtual bool owns(std::string_view datagram) const = 0;
  /// Requires `owns`.
  virtual void read(const Inbound& inbound, Instant now) = 0;
  /// Sends what is due. False: the socket has no room, call again once it has.
  virtual bool flush(DatagramSocket& socket, Instant now) = 0;
  /// When to call `on_deadline`; it may change with every call of anything else.
  virtual std::optional<Instant> next_deadline() const = 0;
  virtual void on_deadline(Instant now) = 0;
  /// A datagram that nobody knows (rule 4) may be of a connection from before a restart; it is told
  /// so, within a budget, by a stateless reset.
  virtual void read_stray(const Inbound& inbound, Instant now) = 0;
  /// Closes all links; their peers are told.
  virtual void close_all(std::string_view why, Instant now) = 0;
};

}  // namespace palabre::link
