#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "link/datagram_socket.h"
#include "link/quic/connection.h"
#include "link/quic/connection_id.h"
#include "link/quic/packet_batch.h"
#include "link/quic/secret.h"

namespace palabre::link {

/// Stateless replies: Retry, Version Negotiation, resets, refusals. Keeps nothing per peer. Every
/// reply is shorter than the packet that it answers, and is dropped if the batch is full.
class StatelessResponder {
 public:
  /// The length of a stateless reset: shorter than the shortest packet of our connections, 33
  /// bytes, and long enough to look like one. Packets of this length or less are not answered by a
  /// reset, so two servers cannot answer each other's resets forever (RFC 9000, 10.3.3).
  static constexpr std::size_t kResetBytes = 32;
  static constexpr Duration kTokenLives = std::chrono::seconds(10);

  enum class Token { kNone, kGood, kBad };
  struct Checked {
    Token token = Token::kNone;
    ConnectionId before_retry;  ///< valid if the token is good
  };

  explicit StatelessResponder(const QuicSecret& secret);

  QuicCarrier::ResetToken reset_token(const ConnectionId& id) const;

  /// Checks the token of a Retry, which proves the client's address: it is bound to the address, to
  /// this process and to the time. Tokens of another kind count as none.
  Checked check(const ngtcp2_pkt_hd& initial, const Path& from, Instant now) const;

  bool negotiate_version(PacketBatch& batch, const Inbound& inbound) const;
  bool retry(PacketBatch& batch, const ngtcp2_pkt_hd& initial, const Path& to, Instant now) const;
  /// With a QUIC transport error code, and a short ASCII reason for the peer.
  bool refuse(PacketBatch& batch, const ngtcp2_pkt_hd& initial, const Path& to, std::uint64_t code,
              std::string_view why) const;
  bool reset(PacketBatch& batch, const ConnectionId& id, const Path& to) const;

 private:
  QuicSecret reset_secret_;
  QuicSecret token_secret_ = QuicSecret::random();
};

}  // namespace palabre::link
