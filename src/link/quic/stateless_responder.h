#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "link/datagram_socket.h"
#include "link/quic/connection.h"
#include "link/quic/connection_id.h"
#include "link/quic/packet_batch.h"
#include "link/quic/secret.h"

namespace palabre::link {

/// What a server says without remembering anything of whom it says it to. Every answer is shorter
/// than what it answers, and dropped where the batch is full.
class StatelessResponder {
 public:
  /// What a stateless reset is long: less than the shortest packet of a connection of ours, 33
  /// bytes, and enough to look like one. Nothing of this length or less is answered by one, so two
  /// servers cannot answer each other's.
  static constexpr std::size_t kResetBytes = 32;
  static constexpr Duration kTokenLives = std::chrono::seconds(10);

  enum class Token { kNone, kGood, kBad };
  struct Checked {
    Token token = Token::kNone;
    ConnectionId before_retry;  ///< of a good one
  };

  explicit StatelessResponder(const QuicSecret& secret);

  QuicCarrier::ResetToken reset_token(const ConnectionId& id) const;

  /// The token of a Retry, which proves who is at the address: bound to it, to this process and to
  /// the time. Others are as good as none.
  Checked check(const ngtcp2_pkt_hd& initial, const Path& from, Instant now) const;

  bool negotiate_version(PacketBatch& batch, const Inbound& inbound) const;
  bool retry(PacketBatch& batch, const ngtcp2_pkt_hd& initial, const Path& to, Instant now) const;
  /// With an error code of QUIC's.
  bool refuse(PacketBatch& batch, const ngtcp2_pkt_hd& initial, const Path& to,
              std::uint64_t code) const;
  bool reset(PacketBatch& batch, const ConnectionId& id, const Path& to) const;

 private:
  QuicSecret reset_secret_;
  QuicSecret token_secret_ = QuicSecret::random();
};

}  // namespace palabre::link
