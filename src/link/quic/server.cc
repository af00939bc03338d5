#include "link/quic/server.h"

#include <ngtcp2/ngtcp2.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "link/quic/values.h"

namespace palabre::link {

/// One connection with the server's data about it; after its end, the data that answers late
/// packets.
struct QuicPeer final : QuicCarrier {
  QuicServer& server;
  Ip ip;                                       ///< that it came from
  std::uint64_t number = 0;                    ///< 1, 2, 3, ... in the order of their arrival
  std::unique_ptr<QuicConnection> connection;  ///< null after its end
  std::optional<ConnectionId> first;           ///< the ID that the client has chosen
  std::vector<ConnectionId> ids;
  bool is_half_open = true;
  bool is_due = false;
  std::optional<Instant> armed_for;

  std::string close_packet;
  Address closed_to;
  std::uint64_t latecomers = 0;
  Instant forget_at{};

  QuicPeer(QuicServer& of, const Ip& from, std::uint64_t one) : server(of), ip(from), number(one) {}

  void on_due(QuicConnection&) override { server.mark_due(*this); }
  void on_new_id(QuicConnection&, const ConnectionId& id) override {
    ids.push_back(id);
    server.routes_.add_ours(id, *this);
  }
  void on_retired_id(const ConnectionId& id) override {
    std::erase(ids, id);
    server.routes_.remove_ours(id);
  }
  ResetToken reset_token(const ConnectionId& id) override {
    return server.responder_.reset_token(id);
  }
  void on_migrated() override { ++server.counts_.migrations; }
};

namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kShortestFirst = 1200;
/// Packets that one connection may write before the next one's turn.
constexpr std::size_t kPacketsInARow = 16;

std::uint8_t first_byte(std::string_view bytes) { return static_cast<std::uint8_t>(bytes[0]); }

/// Versions 0x?a?a?a?a, which force negotiation (RFC 9000, 15). Some of them are valid UTF-8 after
/// a byte such as 0xE1 ("ኊJJ"), so versions that begin like the second byte of a character stay
/// text.
bool is_reserved_and_no_text(std::uint32_t version) {
  const bool is_continuation = (version >> 30) == 2;
  return (version & 0x0F0F0F0FU) == 0x0A0A0A0AU && !is_continuation;
}

/// Whether a packet begins a connection or forces version negotiation.
bool begins_something(const PacketView& packet, std::string_view bytes) {
  return (first_byte(bytes) & 0xC0) == 0xC0 && bytes.size() >= kShortestFirst &&
         (packet.version == kVersion || is_reserved_and_no_text(packet.version));
}

}  // namespace

QuicServer::QuicServer(LinkUser& user, DatagramSocket& socket, const Certificate& certificate,
                       const QuicSecret& secret, const Limits& limits,
                       const QuicConnection::Timing& timing, Owner owner)
    : user_(user),
      socket_(socket),
      limits_(limits),
      timing_(timing),
      tls_(QuicTls::server(certificate)),
      responder_(secret),
      resets_(limits.resets_per_second, limits.resets_per_second),
      refusals_(limits.refusals_per_second, limits.refusals_per_second),
      owner_(std::move(owner)),
      admission_(limits) {}

QuicServer::~QuicServer() = default;

bool QuicServer::claim(const Inbound& inbound, Instant now) {
  const auto packet = view_packet(inbound.bytes);
  if (!packet) return false;
  // Within a connection the peer may have cleared the second bit (RFC 9287).
  const bool may_be_routed = !packet->is_long || packet->version == kVersion;
  QuicPeer* const peer = may_be_routed ? routes_.find(*packet) : nullptr;
  if (peer == nullptr) {
    if (!begins_something(*packet, inbound.bytes)) return false;
    if (packet->version == kVersion) {
      greet(inbound, now);
    } else {
      const bool is_answered = responder_.negotiate_version(batch_, inbound);
      ++(is_answered ? counts_.version_negotiations : counts_.dropped_no_room);
    }
  } else if (peer->connection == nullptr) {
    answer_latecomer(*peer, inbound);
  } else {
    peer->connection->came_by(inbound.interface);
    peer->connection->read(inbound.path, inbound.bytes, now);
    look_at(*peer);
  }
  return true;
}

void QuicServer::greet(const Inbound& inbound, Instant now) {
  ngtcp2_pkt_hd initial{};
  if (inbound.bytes.size() < kShortestFirst ||
      ngtcp2_accept(&initial, reinterpret_cast<const std::uint8_t*>(inbound.bytes.data()),
                    inbound.bytes.size()) != 0) {
    ++counts_.dropped_malformed;
    return;
  }
  const Caller who =
      owner_.look ? owner_.look(inbound.path.peer, inbound.interface, now) : Caller::kStranger;
  if (who == Caller::kBanned) return turn_away(initial, inbound.path, "banned", now);
  if (who == Caller::kNotFromHere) return turn_away(initial, inbound.path, "not from here", now);
  const StatelessResponder::Checked checked = responder_.check(initial, inbound.path, now);
  const bool is_exempt = who == Caller::kExempt;
  if (!admits(inbound, initial, checked, is_exempt, now)) return;
  accept(inbound, initial, checked, is_exempt, now);
}

bool QuicServer::admits(const Inbound& inbound, const ngtcp2_pkt_hd& initial,
                        const StatelessResponder::Checked& checked, bool is_exempt, Instant now) {
  const Path& from = inbound.path;
  const bool is_proven = checked.token == StatelessResponder::Token::kGood;
  if (checked.token == StatelessResponder::Token::kBad) {
    refuse(initial, from, NGTCP2_INVALID_TOKEN, counts_.refused_token);
    return false;
  }
  if (!is_proven && half_open_ >= limits_.half_open) {
    ++counts_.dropped_half_open;
    return false;
  }
  using Verdict = QuicAdmission::Verdict;
  const Ip ip = from.peer.ip_bytes();
  switch (admission_.look(ip, is_proven, is_exempt, now)) {
    case Verdict::kAddressFull:
      refuse(initial, from, NGTCP2_CONNECTION_REFUSED, counts_.refused_per_address);
      return false;
    case Verdict::kNetworkFull:
      refuse(initial, from, NGTCP2_CONNECTION_REFUSED, counts_.refused_per_network);
      return false;
    case Verdict::kTooFast:
      refuse(initial, from, NGTCP2_CONNECTION_REFUSED, counts_.refused_rate);
      return false;
    case Verdict::kOpenIfEvicted:
      if (evict(now)) return true;
      admission_.tried(ip, is_exempt, now);
      [[fallthrough]];
    case Verdict::kFull:
      refuse(initial, from, NGTCP2_CONNECTION_REFUSED, counts_.refused_full);
      return false;
    case Verdict::kOpenIfProven:
      break;
    case Verdict::kOpen: {
      // Otherwise forged packets could take all the places of the owner of that address.
      const std::size_t half_open = admission_.address(ip).half_open;
      const bool is_crowded = half_open > 0 && half_open * 4 >= limits_.per_address;
      if (is_proven || (half_open_ < limits_.retry_from && !is_crowded)) return true;
    }
  }
  ++(responder_.retry(batch_, initial, from, now) ? counts_.retries : counts_.dropped_no_room);
  return false;
}

void QuicServer::turn_away(const ngtcp2_pkt_hd& initial, const Path& to, std::string_view why,
                           Instant now) {
  if (!refusals_.take(now)) {
    ++counts_.dropped_caller;
    return;
  }
  refuse(initial, to, NGTCP2_CONNECTION_REFUSED, counts_.refused_caller, why);
}

/// Ends a connection without a login, the youngest one of the network that has most connections.
/// False: all have one. Looks at every connection, which the rates of handshakes pay for.
bool QuicServer::evict(Instant now) {
  QuicPeer* last = nullptr;
  std::pair<std::size_t, std::uint64_t> most;
  for (const auto& [key, peer] : peers_) {
    const QuicConnection* const connection = peer->connection.get();
    if (connection != nullptr && (!owner_.has_login || owner_.has_login(*connection))) continue;
    const std::pair rank{admission_.network(peer->ip).connections, peer->number};
    if (last != nullptr && rank <= most) continue;
    most = rank;
    last = peer.get();
  }
  if (last == nullptr) return false;
  ++counts_.evicted;
  if (last->connection) {
    last->connection->give_up({QuicEnding::Cause::kDropped, 0, "its place was needed"}, now);
  }
  std::erase(due_, last);
  forget(*last);
  return true;
}

void QuicServer::refuse(const ngtcp2_pkt_hd& initial, const Path& to, std::uint64_t code,
                        std::uint64_t& count, std::string_view why) {
  ++(responder_.refuse(batch_, initial, to, code, why) ? count : counts_.dropped_no_room);
}

void QuicServer::accept(const Inbound& inbound, const ngtcp2_pkt_hd& initial,
                        const StatelessResponder::Checked& checked, bool is_exempt, Instant now) {
  const Ip ip = inbound.path.peer.ip_bytes();
  auto made = std::make_unique<QuicPeer>(*this, ip, ++last_peer_);
  QuicPeer& peer = *made;
  QuicConnection::Invitation invitation{initial, std::nullopt};
  if (checked.token == StatelessResponder::Token::kGood)
    invitation.before_retry = checked.before_retry;
  peer.connection =
      QuicConnection::accept(peer, user_, *tls_, timing_, inbound.path, invitation, now);
  peers_.emplace(&peer, std::move(made));
  ++half_open_;
  admission_.opened(ip, is_exempt, now);
  if (peer.connection == nullptr) {
    ++counts_.dropped_malformed;
    forget(peer);
    return;
  }
  const ConnectionId first = from_quic(initial.dcid);
  if (routes_.add_first(first, peer)) peer.first = first;
  peer.connection->came_by(inbound.interface);
  peer.connection->read(inbound.path, inbound.bytes, now);
  look_at(peer);
}

/// Late packets are answered less and less often (the 1st, 2nd, 4th, ...), and never with more
/// bytes than they have (RFC 9000, 10.2.1).
void QuicServer::answer_latecomer(QuicPeer& peer, const Inbound& inbound) {
  if (peer.close_packet.empty() || inbound.bytes.size() < peer.close_packet.size() ||
      inbound.path.peer != peer.closed_to || !std::has_single_bit(++peer.latecomers)) {
    return;
  }
  if (batch_.is_full()) {
    ++counts_.dropped_no_room;
    return;
  }
  batch_.add_copy(inbound.path, {reinterpret_cast<const std::uint8_t*>(peer.close_packet.data()),
                                 peer.close_packet.size()});
}

void QuicServer::look_at(QuicPeer& peer) {
  if (!peer.is_half_open) return;
  if (peer.connection->is_open()) ++counts_.handshakes;
  if (peer.connection->is_open() || peer.connection->ending()) leave_half_open(peer);
}

void QuicServer::leave_half_open(QuicPeer& peer) {
  if (!peer.is_half_open) return;
  peer.is_half_open = false;
  --half_open_;
  admission_.left_half_open(peer.ip);
}

void QuicServer::mark_due(QuicPeer& peer) {
  if (peer.is_due) return;
  peer.is_due = true;
  due_.push_back(&peer);
}

bool QuicServer::send() {
  wants_to_write_ = !batch_.send(socket_);
  return !wants_to_write_;
}

void QuicServer::flush(Instant now) {
  if (!send()) return;
  while (!due_.empty()) {
    QuicPeer& peer = *due_.front();
    due_.pop_front();
    peer.is_due = false;
    if (peer.connection->write(batch_, kPacketsInARow, now)) mark_due(peer);
    look_at(peer);
    settle(peer, now);
    if ((batch_.is_full() || due_.empty()) && !send()) return;
  }
}

/// After a write: arms the next deadline, or replaces a finished connection by its lingering state.
void QuicServer::settle(QuicPeer& peer, Instant now) {
  const QuicConnection& connection = *peer.connection;
  if (!connection.is_finished()) {
    arm(peer, connection.deadline());
    return;
  }
  if (connection.linger() == Duration{}) {
    forget(peer);
    return;
  }
  peer.close_packet = connection.close_packet();
  peer.closed_to = connection.peer();
  peer.forget_at = now + connection.linger();
  peer.connection.reset();
  arm(peer, peer.forget_at);
}

void QuicServer::arm(QuicPeer& peer, std::optional<Instant> at) {
  if (peer.armed_for == at) return;
  if (peer.armed_for) timers_.erase({*peer.armed_for, &peer});
  if (at) timers_.emplace(*at, &peer);
  peer.armed_for = at;
}

/// Requires that the peer is not in `due_`.
void QuicServer::forget(QuicPeer& peer) {
  arm(peer, std::nullopt);
  leave_half_open(peer);
  admission_.closed(peer.ip);
  for (const ConnectionId& id : peer.ids) routes_.remove_ours(id);
  if (peer.first) routes_.remove_first(*peer.first);
  peers_.erase(&peer);
}

std::optional<Instant> QuicServer::next_deadline() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

void QuicServer::on_deadline(Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    QuicPeer& peer = *timers_.begin()->second;
    arm(peer, std::nullopt);
    if (peer.connection == nullptr) {
      forget(peer);
      continue;
    }
    peer.connection->on_deadline(now);
    look_at(peer);
  }
}

void QuicServer::read_stray(const Inbound& inbound, Instant now) {
  const auto packet = view_packet(inbound.bytes);
  const bool may_be_ours =
      packet && !packet->is_long && inbound.bytes.size() > StatelessResponder::kResetBytes;
  const bool is_told = may_be_ours && resets_.take(now) &&
                       responder_.reset(batch_, packet->destination, inbound.path);
  ++(is_told ? counts_.resets : counts_.dropped_strays);
}

void QuicServer::close_all(std::string_view why, Instant) {
  for (const auto& [key, peer] : peers_) {
    if (peer->connection != nullptr) peer->connection->close_at_once(0, why);
  }
}

}  // namespace palabre::link
