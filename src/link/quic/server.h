#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/bucket.h"
#include "link/claimant.h"
#include "link/datagram_socket.h"
#include "link/link.h"
#include "link/link_set.h"
#include "link/quic/admission.h"
#include "link/quic/certificate.h"
#include "link/quic/connection.h"
#include "link/quic/packet_batch.h"
#include "link/quic/routes.h"
#include "link/quic/secret.h"
#include "link/quic/stateless_responder.h"
#include "link/quic/tls.h"

namespace palabre::link {

/// The members' links of a server, over the socket that it shares with plain text.
///
/// Every resource is bounded: connections in total, per address and per network, and the rates of
/// new ones (see `QuicAdmission`), the memory of each (see `QuicConnection`), packets that wait for
/// the socket (see `PacketBatch`). Beyond a number of handshakes in progress, a client must first
/// prove its address by a Retry, which is stateless here. An address that the owner turns away is
/// refused with its first packet, without a handshake and without state, within a rate limit.
class QuicServer final : public LinkSet, public Claimant {
 public:
  /// How the owner sees an address.
  enum class Caller {
    kStranger,
    kExempt,       ///< see `QuicAdmission::look`
    kBanned,       ///< refused, and told so
    kNotFromHere,  ///< the same
  };
  /// The owner's knowledge; each function may be missing.
  struct Owner {
    /// Asked for each packet that would begin a connection, so it must be fast. Default: strangers.
    std::function<Caller(const Address& peer, std::uint32_t interface, Instant)> look;
    /// Whether somebody has logged in over the link. If all places are taken, a newcomer gets the
    /// place of a connection without a login: of the youngest one in the network that has most
    /// connections. Default: everybody has.
    std::function<bool(const Link&)> has_login;
  };
  using Limits = QuicLimits;
  struct Counts {
    std::uint64_t handshakes = 0;  ///< completed
    std::uint64_t migrations = 0;
    std::uint64_t retries = 0;
    std::uint64_t version_negotiations = 0;
    std::uint64_t resets = 0;
    std::uint64_t refused_full = 0;         ///< refused and told: too many in total
    std::uint64_t refused_per_address = 0;  ///< refused and told
    std::uint64_t refused_per_network = 0;  ///< refused and told: a /24, an IPv6 /56 or /48
    std::uint64_t refused_rate = 0;         ///< refused and told: too many new ones
    std::uint64_t refused_token = 0;        ///< refused and told: a bad token of a Retry
    std::uint64_t refused_caller = 0;       ///< refused and told: turned away by the owner
    std::uint64_t evicted = 0;              ///< connections without a login, for a newcomer
    std::uint64_t dropped_caller = 0;       ///< turned away by the owner, beyond the rate limit
    std::uint64_t dropped_half_open = 0;    ///< silently, as in all counters below
    std::uint64_t dropped_malformed = 0;    ///< not a packet that can begin a connection
    std::uint64_t dropped_no_room = 0;      ///< answers, because the batch was full
    std::uint64_t dropped_strays = 0;       ///< not answered by a reset
  };

  /// Borrows its user and the socket; both outlive it.
  QuicServer(LinkUser& user, DatagramSocket& socket, const Certificate& certificate,
             const QuicSecret& secret, const Limits& limits, const QuicConnection::Timing& timing,
             Owner owner = {});
  ~QuicServer() override;

  /// Claims datagrams of its connections, and datagrams that begin one: rules 1 and 2 of
  /// docs/protocol-members.md, "The shared port".
  bool claim(const Inbound& inbound, Instant now) override;
  /// Claims every datagram that it is given, so it must be asked last (rule 4). A datagram may
  /// belong to a connection from before a restart: within the rate limit it is answered by a
  /// stateless reset.
  Claimant& strays() { return strays_; }

  // LinkSet
  void flush(Instant now) override;
  bool wants_to_write() const override { return wants_to_write_; }
  std::optional<Instant> next_deadline() const override;
  void on_deadline(Instant now) override;
  void close_all(std::string_view why, Instant now) override;

  const Counts& counts() const { return counts_; }
  /// Connections that are open or opening, and those that linger for a moment after their end.
  std::size_t size() const { return peers_.size(); }
  std::size_t half_open() const { return half_open_; }

 private:
  friend struct QuicPeer;
  class Strays final : public Claimant {
   public:
    explicit Strays(QuicServer& server) : server_(server) {}
    bool claim(const Inbound& inbound, Instant now) override {
      server_.read_stray(inbound, now);
      return true;
    }

   private:
    QuicServer& server_;
  };

  void read_stray(const Inbound& inbound, Instant now);
  bool send();
  void greet(const Inbound& inbound, Instant now);
  bool admits(const Inbound& inbound, const ngtcp2_pkt_hd& initial,
              const StatelessResponder::Checked& checked, bool is_exempt, Instant now);
  void accept(const Inbound& inbound, const ngtcp2_pkt_hd& initial,
              const StatelessResponder::Checked& checked, bool is_exempt, Instant now);
  void refuse(const ngtcp2_pkt_hd& initial, const Path& to, std::uint64_t code,
              std::uint64_t& count, std::string_view why = {});
  void turn_away(const ngtcp2_pkt_hd& initial, const Path& to, std::string_view why, Instant now);
  bool evict(Instant now);
  void answer_latecomer(QuicPeer& peer, const Inbound& inbound);
  void look_at(QuicPeer& peer);
  void settle(QuicPeer& peer, Instant now);
  void mark_due(QuicPeer& peer);
  void arm(QuicPeer& peer, std::optional<Instant> at);
  void forget(QuicPeer& peer);
  void leave_half_open(QuicPeer& peer);

  LinkUser& user_;
  DatagramSocket& socket_;
  Strays strays_{*this};
  const Limits limits_;
  const QuicConnection::Timing timing_;
  std::unique_ptr<QuicTls> tls_;
  StatelessResponder responder_;
  Bucket resets_;
  Bucket refusals_;
  Owner owner_;
  QuicAdmission admission_;

  QuicRoutes routes_;
  std::unordered_map<const QuicPeer*, std::unique_ptr<QuicPeer>> peers_;
  std::size_t half_open_ = 0;
  std::uint64_t last_peer_ = 0;
  std::set<std::pair<Instant, QuicPeer*>> timers_;
  std::deque<QuicPeer*> due_;  ///< each once; after writing, a connection goes to the back
  PacketBatch batch_;
  bool wants_to_write_ = false;
  Counts counts_;
};

}  // namespace palabre::link
