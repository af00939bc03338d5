#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link/link.h"
#include "link/quic/connection_id.h"
#include "link/quic/memory.h"
#include "link/quic/packet_batch.h"
#include "link/quic/send_queue.h"
#include "link/quic/tls.h"

struct ngtcp2_conn;
struct ngtcp2_pkt_hd;

namespace palabre::link {

class QuicConnection;

/// How a connection ended, for its carrier.
struct QuicEnding {
  enum class Cause {
    kClosedHere,     ///< by `Link::close` or `close_at_once`
    kClosedByPeer,   ///< by the peer's application, with its code
    kRefusedByPeer,  ///< by the peer's transport, with QUIC's code
    kTurnedAway,     ///< the same, before the handshake: the server admits no one from this address
    kUnreachable,    ///< nobody listens there
    kNoAnswer,       ///< the handshake took too long
    kIdle,           ///< nothing was received for too long
    kReset,          ///< the peer does not know the connection: it gave it up, or was restarted
    kWrongPin,
    kWrongTls,      ///< no common protocol, or a peer that does not speak TLS
    kOtherVersion,  ///< the server speaks another version of QUIC
    kBroken,        ///< the peer broke QUIC's rules
    kDropped,       ///< silently
  };
  Cause cause = Cause::kClosedHere;
  std::uint64_t code = 0;
  std::string why;
};

/// The owner of connections. Called from within calls to the connection; must not call into one.
class QuicCarrier {
 public:
  using ResetToken = std::array<std::uint8_t, 16>;

  virtual ~QuicCarrier() = default;

  /// `write` has something to do. May be called repeatedly.
  virtual void on_due(QuicConnection& connection) = 0;
  /// From now on, or no longer, the peer may address packets to this ID.
  virtual void on_new_id(QuicConnection& connection, const ConnectionId& id) = 0;
  virtual void on_retired_id(const ConnectionId& id) = 0;
  virtual ResetToken reset_token(const ConnectionId& id) = 0;
  /// The peer's new address has been validated.
  virtual void on_migrated() {}
};

/// One QUIC connection, of either end, with its one stream, which the client opens: what the server
/// sends waits until the first bytes have come from the client. Stream limits refuse all other
/// streams.
///
/// Memory: 256 KiB of data to send (in shared chunks), 64 KiB received and not consumed or not in
/// order, 16 datagrams, and about 75 KiB of the library; 40 KiB more during the handshake. It
/// writes only into the batch that it is given, and calls its user only in `read`, `on_deadline`
/// and `give_up`.
class QuicConnection final : public Link {
 public:
  struct Timing {
    Duration idle = std::chrono::seconds(30);
    Duration keep_alive{};  ///< sends a PING after this much silence; 0: never
    Duration handshake = std::chrono::seconds(10);
  };
  /// The first packet of a connection, for a server.
  struct Invitation {
    const ngtcp2_pkt_hd& initial;
    /// The ID that the client had chosen first, if this packet carries the token of a Retry.
    std::optional<ConnectionId> before_retry;
  };

  static constexpr std::size_t kMostHeld = std::size_t{256} << 10;
  static constexpr std::size_t kWindow = std::size_t{64} << 10;
  static constexpr std::size_t kMostDatagrams = 16;
  /// Fits into a packet of 1,200 bytes, which every QUIC path must carry.
  static constexpr std::size_t kLongestDatagram = 1150;
  /// How long a closing link waits for the acknowledgement of what it has sent.
  static constexpr Duration kCloseWithin = std::chrono::seconds(1);
  /// If something is due but cannot be written, it is retried after this time, or at a packet.
  static constexpr Duration kAgainAfter = std::chrono::milliseconds(25);

  /// All borrowed objects outlive the connection. Null if the library refuses the arguments.
  static std::unique_ptr<QuicConnection> accept(QuicCarrier& carrier, LinkUser& user,
                                                const QuicTls& tls, const Timing& timing,
                                                const Path& path, const Invitation& invitation,
                                                Instant now);
  static std::unique_ptr<QuicConnection> dial(QuicCarrier& carrier, LinkUser& user,
                                              const QuicTls& tls, PinCheck accepts,
                                              const Timing& timing, const Path& path, Instant now);
  ~QuicConnection() override;

  // Link
  void send(Chunk bytes) override;
  std::size_t room() const override;
  void send_unreliably(std::string_view bytes) override;
  void consumed(std::size_t bytes) override;
  void close(std::uint64_t code, std::string_view why) override;
  std::optional<Exporter> exporter() const override { return exporter_; }
  Address peer() const override;
  std::uint32_t interface() const override { return interface_; }

  /// The interface by which the next packet to be read came.
  void came_by(std::uint32_t interface) { interface_ = interface; }

  /// Like `close`, but without waiting for acknowledgements: writes what it can, then the close.
  void close_at_once(std::uint64_t code, std::string_view why);

  /// Ends the connection at once, without telling the peer.
  void give_up(QuicEnding ending, Instant now);

  void read(const Path& path, std::string_view datagram, Instant now);
  /// Writes what is due, at most `most` packets. True: there is more, or may be.
  bool write(PacketBatch& batch, std::size_t most, Instant now);
  std::optional<Instant> deadline() const;
  void on_deadline(Instant now);

  bool is_open() const { return is_open_; }
  /// Set: the connection has ended. Its user, if the link ever opened, has been told, or is told by
  /// the next `on_deadline`.
  const std::optional<QuicEnding>& ending() const { return ending_; }
  bool is_user_told() const { return is_user_told_; }
  /// Ended, and no further call would do anything: the carrier may destroy it.
  bool is_finished() const { return ending_ && is_user_told_ && !close_is_due_; }
  /// The answer to late packets (RFC 9000, 10.2.1); empty if they are not answered.
  const std::string& close_packet() const { return close_packet_; }
  /// How long late packets may come: 3 PTO. 0: nothing needs to be remembered.
  Duration linger() const { return linger_; }
  const std::optional<Pin>& seen_pin() const { return tls_.seen(); }

 private:
  struct Callbacks;
  /// The only stream: the first bidirectional one of the client.
  static constexpr std::int64_t kStream = 0;
  struct PendingClose {
    QuicEnding ending;
    std::optional<Instant> not_after;
    bool at_once = false;
  };
  enum class Step { kWritten, kMore, kNothing, kFailed };

  QuicConnection(QuicCarrier& carrier, LinkUser& user, const QuicTls& tls, PinCheck accepts,
                 bool is_server);

  Path path() const;
  void tell_user(Instant now);
  void tell_open(Instant now);
  void tell_closed(Instant now);
  void close_for_peer(std::uint64_t code, std::string_view why);
  bool close_has_waited(Instant now);
  void end(int status, Instant now);
  QuicEnding ending_of(int status) const;
  void write_close(PacketBatch& batch);
  std::uint64_t stamp(Instant now);

  struct Packet;
  Step write_step(Packet& packet);
  Step write_datagram(Packet& packet);
  Step write_stream(Packet& packet);
  Step written(Packet& packet, std::ptrdiff_t status);

  QuicCarrier& carrier_;
  LinkUser& user_;
  const bool is_server_;
  Timing timing_;
  TlsSession tls_;
  QuicMemory memory_;
  ngtcp2_conn* connection_ = nullptr;
  std::uint64_t last_stamp_ = 0;  ///< the library requires that time does not go back
  std::optional<Instant> not_before_;

  SendQueue queue_;
  std::deque<std::string> datagrams_;
  bool has_stream_ = false;
  bool was_full_ = false;
  std::size_t unconsumed_ = 0;

  // The contents of a packet, until the library has finished with it and the user may be called.
  std::string arrived_;
  std::vector<std::string> arrived_datagrams_;
  bool handshake_done_ = false;
  bool reset_seen_ = false;
  bool room_is_new_ = false;
  bool has_moved_ = false;

  bool is_open_ = false;
  bool is_user_told_ = false;
  Exporter exporter_{};
  std::optional<Address> proven_peer_;
  std::uint32_t interface_ = 0;
  std::optional<PendingClose> pending_close_;
  bool closes_for_peer_ = false;  ///< because the peer has ended the stream
  std::optional<QuicEnding> ending_;
  int ending_status_ = 0;
  int write_status_ = 0;
  bool close_is_due_ = false;
  std::string close_packet_;
  Duration linger_{};
  Instant ended_at_{};
};

}  // namespace palabre::link
