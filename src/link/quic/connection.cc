#include "link/quic/connection.h"

#include <ngtcp2/ngtcp2.h>
#include <sodium/randombytes.h>

#include <algorithm>
#include <utility>

#include "link/quic/callbacks.h"
#include "link/quic/compat.h"
#include "link/quic/ending.h"
#include "link/quic/values.h"

namespace palabre::link {
namespace {

constexpr std::size_t kFirstIdBytes = 18;
constexpr std::size_t kLongestWhy = 256;  // so that it fits into one packet

ngtcp2_cid random_id(std::size_t length) {
  ngtcp2_cid id{};
  id.datalen = length;
  randombytes_buf(id.data, length);
  return id;
}

ngtcp2_settings settings_of(const QuicConnection::Timing& timing, ngtcp2_tstamp now) {
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = now;
  settings.handshake_timeout = to_quic(timing.handshake);
  settings.max_tx_udp_payload_size = PacketBatch::kLongestPacket;
  return settings;
}

/// Credit for the one stream, in the direction in which it is opened, and for nothing else.
ngtcp2_transport_params params_of(const QuicConnection::Timing& timing, bool is_server) {
  ngtcp2_transport_params params;
  ngtcp2_transport_params_default(&params);
  (is_server ? params.initial_max_stream_data_bidi_remote
             : params.initial_max_stream_data_bidi_local) = QuicConnection::kWindow;
  params.initial_max_data = QuicConnection::kWindow;
  params.initial_max_streams_bidi = is_server ? 1 : 0;
  params.max_idle_timeout = to_quic(timing.idle);
  params.max_datagram_frame_size = PacketBatch::kLongestPacket;
  params.active_connection_id_limit = 4;
  return params;
}

}  // namespace

QuicConnection::QuicConnection(QuicCarrier& carrier, LinkUser& user, const QuicTls& tls,
                               PinCheck accepts, bool is_server)
    : carrier_(carrier), user_(user), is_server_(is_server), tls_(tls, std::move(accepts)) {}

QuicConnection::~QuicConnection() {
  if (connection_ != nullptr) ngtcp2_conn_del(connection_);
}

std::unique_ptr<QuicConnection> QuicConnection::accept(QuicCarrier& carrier, LinkUser& user,
                                                       const QuicTls& tls, const Timing& timing,
                                                       const Path& path,
                                                       const Invitation& invitation, Instant now) {
  std::unique_ptr<QuicConnection> made(new QuicConnection(carrier, user, tls, {}, true));
  made->timing_ = timing;
  const ngtcp2_pkt_hd& initial = invitation.initial;
  ngtcp2_settings settings = settings_of(timing, made->stamp(now));
  // The library takes an address with a token for proven, so it gets a token only after our check.
  if (invitation.before_retry) compat::set_token(settings, initial);
  ngtcp2_transport_params params = params_of(timing, true);
  compat::set_original_dcid(
      params, invitation.before_retry ? to_quic(*invitation.before_retry) : initial.dcid);
  if (invitation.before_retry) {
    params.retry_scid = initial.dcid;
    params.retry_scid_present = 1;
  }
  const ngtcp2_cid id = random_id(ConnectionId::kOurs);
  const QuicCarrier::ResetToken reset = carrier.reset_token(from_quic(id));
  params.stateless_reset_token_present = 1;
  std::copy(reset.begin(), reset.end(), params.stateless_reset_token);
  const ngtcp2_callbacks callbacks = Callbacks::of(true);
  const QuicPath quic_path(path);
  if (ngtcp2_conn_server_new(&made->connection_, &initial.scid, &id, quic_path.get(),
                             initial.version, &callbacks, &settings, &params, made->memory_.get(),
                             made.get()) != 0) {
    return nullptr;
  }
  made->tls_.attach(made->connection_);
  carrier.on_new_id(*made, from_quic(id));
  return made;
}

std::unique_ptr<QuicConnection> QuicConnection::dial(QuicCarrier& carrier, LinkUser& user,
                                                     const QuicTls& tls, PinCheck accepts,
                                                     const Timing& timing, const Path& path,
                                                     Instant now) {
  std::unique_ptr<QuicConnection> made(
      new QuicConnection(carrier, user, tls, std::move(accepts), false));
  made->timing_ = timing;
  const ngtcp2_settings settings = settings_of(timing, made->stamp(now));
  const ngtcp2_transport_params params = params_of(timing, false);
  const ngtcp2_cid first = random_id(kFirstIdBytes);
  const ngtcp2_cid id = random_id(ConnectionId::kOurs);
  const ngtcp2_callbacks callbacks = Callbacks::of(false);
  const QuicPath quic_path(path);
  if (ngtcp2_conn_client_new(&made->connection_, &first, &id, quic_path.get(), NGTCP2_PROTO_VER_V1,
                             &callbacks, &settings, &params, made->memory_.get(),
                             made.get()) != 0) {
    return nullptr;
  }
  made->tls_.attach(made->connection_);
  if (timing.keep_alive > Duration{}) {
    ngtcp2_conn_set_keep_alive_timeout(made->connection_, to_quic(timing.keep_alive));
  }
  carrier.on_new_id(*made, from_quic(id));
  return made;
}

void QuicConnection::send(Chunk bytes) {
  if (pending_close_ || ending_) return;
  queue_.push(std::move(bytes));
  if (room() == 0) was_full_ = true;
  carrier_.on_due(*this);
}

std::size_t QuicConnection::room() const {
  return queue_.held() < kMostHeld ? kMostHeld - queue_.held() : 0;
}

void QuicConnection::send_unreliably(std::string_view bytes) {
  const bool has_room = is_open_ && !pending_close_ && !ending_ &&
                        datagrams_.size() < kMostDatagrams && bytes.size() <= kLongestDatagram;
  if (!has_room) return;
  const ngtcp2_transport_params* const theirs =
      ngtcp2_conn_get_remote_transport_params(connection_);
  static constexpr std::size_t kFrameHeader = 9;
  if (theirs == nullptr || bytes.size() + kFrameHeader > theirs->max_datagram_frame_size) return;
  datagrams_.emplace_back(bytes);
  carrier_.on_due(*this);
}

void QuicConnection::consumed(std::size_t bytes) {
  const std::size_t credit = std::min(bytes, unconsumed_);
  if (credit == 0 || ending_) return;
  unconsumed_ -= credit;
  ngtcp2_conn_extend_max_stream_offset(connection_, kStream, credit);
  ngtcp2_conn_extend_max_offset(connection_, credit);
  carrier_.on_due(*this);
}

void QuicConnection::close(std::uint64_t code, std::string_view why) {
  if (pending_close_ || ending_) return;
  pending_close_ = {{QuicEnding::Cause::kClosedHere, code, std::string(why.substr(0, kLongestWhy))},
                    std::nullopt};
  carrier_.on_due(*this);
}

void QuicConnection::close_at_once(std::uint64_t code, std::string_view why) {
  close(code, why);
  if (!pending_close_) return;
  pending_close_->at_once = true;
  carrier_.on_due(*this);  // `close` may have been waiting for queued bytes
}

void QuicConnection::close_for_peer(std::uint64_t code, std::string_view why) {
  if (pending_close_ || ending_) return;
  pending_close_ = {{QuicEnding::Cause::kClosedByPeer, code, std::string(why)}, std::nullopt};
  closes_for_peer_ = true;
}

Path QuicConnection::path() const { return from_quic(*ngtcp2_conn_get_path(connection_)); }

Address QuicConnection::peer() const { return path().peer; }

std::uint64_t QuicConnection::stamp(Instant now) {
  last_stamp_ = std::max(last_stamp_, to_quic(now));
  return last_stamp_;
}

void QuicConnection::read(const Path& path, std::string_view datagram, Instant now) {
  if (ending_ || datagram.empty()) return;  // the library treats an empty packet as our error
  not_before_.reset();
  const QuicPath quic_path(path);
  const ngtcp2_pkt_info info{};
  const int status = ngtcp2_conn_read_pkt(connection_, quic_path.get(), &info,
                                          reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                          datagram.size(), stamp(now));
  tell_user(now);
  if (status != 0) end(status, now);
  if (ending_) tell_closed(now);
  carrier_.on_due(*this);
}

/// In order. In any callback the user may close the link; then only `on_closed` follows.
void QuicConnection::tell_user(Instant now) {
  const auto hears = [this] { return is_open_ && (!pending_close_ || closes_for_peer_); };
  if (handshake_done_ && !is_open_ && (!pending_close_ || closes_for_peer_)) tell_open(now);
  if (std::exchange(has_moved_, false) && hears()) user_.on_moved(*this, now);
  if (!arrived_.empty()) {
    const std::string bytes = std::exchange(arrived_, {});
    unconsumed_ += bytes.size();
    if (hears()) user_.on_bytes(*this, bytes, now);
  }
  for (const std::string& bytes : std::exchange(arrived_datagrams_, {})) {
    if (hears()) user_.on_datagram(*this, bytes, now);
  }
  if (std::exchange(room_is_new_, false) && hears() && !closes_for_peer_) user_.on_room(*this, now);
}

void QuicConnection::tell_open(Instant now) {
  is_open_ = true;
  proven_peer_ = peer();
  exporter_ = tls_.exporter();
  if (is_server_) tls_.end();
  user_.on_open(*this, now);
}

void QuicConnection::tell_closed(Instant now) {
  if (std::exchange(is_user_told_, true) || !is_open_) return;
  const bool by_peer = ending_->cause == QuicEnding::Cause::kClosedByPeer ||
                       ending_->cause == QuicEnding::Cause::kRefusedByPeer ||
                       ending_->cause == QuicEnding::Cause::kTurnedAway ||
                       ending_->cause == QuicEnding::Cause::kReset;
  const bool is_of_application = ending_->cause == QuicEnding::Cause::kClosedHere ||
                                 ending_->cause == QuicEnding::Cause::kClosedByPeer;
  user_.on_closed(*this, {by_peer, is_of_application ? ending_->code : 0, ending_->why}, now);
}

std::optional<Instant> QuicConnection::deadline() const {
  if (ending_) return is_user_told_ ? std::nullopt : std::optional(ended_at_);
  auto due = from_quic(ngtcp2_conn_get_expiry(connection_));
  if (due && not_before_) due = std::max(*due, *not_before_);
  if (pending_close_ && pending_close_->not_after) {
    due = due ? std::min(*due, *pending_close_->not_after) : pending_close_->not_after;
  }
  return due;
}

void QuicConnection::on_deadline(Instant now) {
  if (!ending_) {
    const std::uint64_t at = stamp(now);
    if (ngtcp2_conn_get_expiry(connection_) <= at) {
      const int status = ngtcp2_conn_handle_expiry(connection_, at);
      if (status != 0) end(status, now);
    }
  }
  if (ending_) tell_closed(now);
  carrier_.on_due(*this);
}

void QuicConnection::give_up(QuicEnding ending, Instant now) {
  if (ending_) return;
  ending_ = std::move(ending);
  ended_at_ = now;
  tell_closed(now);
}

void QuicConnection::end(int status, Instant now) {
  if (ending_) return;
  ending_ = status == 0 ? pending_close_->ending : ending_of(status);
  ending_status_ = status;
  ended_at_ = now;
  close_is_due_ = status == 0 || !is_silent(status);
  const bool lingers = close_is_due_ || (status == NGTCP2_ERR_DRAINING && !reset_seen_);
  if (lingers) linger_ = std::chrono::nanoseconds(3 * ngtcp2_conn_get_pto(connection_));
}

QuicEnding QuicConnection::ending_of(int status) const {
  using Cause = QuicEnding::Cause;
  if (status == NGTCP2_ERR_DRAINING && reset_seen_) {
    return {
        Cause::kReset, 0,
        "the other end does not know the connection any more: it had heard nothing from here for "
        "too long, or was restarted"};
  }
  if (status == NGTCP2_ERR_DRAINING) return ending_received(connection_);
  if (tls_.is_pin_refused()) {
    return {Cause::kWrongPin, 0, "its pin, " + to_text(*tls_.seen()) + ", is not the one expected"};
  }
  if (status == NGTCP2_ERR_CRYPTO) return ending_of_alert(ngtcp2_conn_get_tls_alert(connection_));
  return ending_of_library(status, timing_);
}

}  // namespace palabre::link
