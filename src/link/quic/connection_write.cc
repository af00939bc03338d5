#include <ngtcp2/ngtcp2.h>

#include <algorithm>
#include <array>

#include "link/quic/compat.h"
#include "link/quic/connection.h"
#include "link/quic/values.h"

// The writing part of QuicConnection. The rest is in connection.cc.
namespace palabre::link {
namespace {

constexpr std::int64_t kNoStream = -1;
constexpr std::size_t kMostPieces = 32;
// Fits every path on which QUIC is allowed.
constexpr std::size_t kLongestClose = 1200;

}  // namespace

/// The packet being written. After the library has asked for more, all of it must stay unchanged
/// until the packet is complete.
struct QuicConnection::Packet {
  PacketBatch& batch;
  ngtcp2_tstamp stamp = 0;
  ngtcp2_path_storage path{};
  ngtcp2_pkt_info info{};
  bool is_stream_blocked = false;
  bool are_datagrams_blocked = false;

  Packet(PacketBatch& to, ngtcp2_tstamp at) : batch(to), stamp(at) {
    ngtcp2_path_storage_zero(&path);
  }
};

bool QuicConnection::write(PacketBatch& batch, std::size_t most, Instant now) {
  if (!ending_ && pending_close_ && close_has_waited(now)) end(0, now);
  if (ending_) {
    write_close(batch);
    return close_is_due_;
  }
  Packet packet(batch, stamp(now));
  std::size_t count = 0;
  Step step = Step::kMore;
  while (step != Step::kNothing && step != Step::kFailed && count < most && !batch.is_full()) {
    step = write_step(packet);
    if (step == Step::kWritten) ++count;
  }
  if (step == Step::kFailed) {
    end(write_status_, now);
    write_close(batch);
    return close_is_due_;
  }
  // Before its first RTT sample the library assumes 333 ms, and would pace the first messages over
  // that time.
  if (handshake_done_ && count > 0) ngtcp2_conn_update_pkt_tx_time(connection_, packet.stamp);
  if (pending_close_ && pending_close_->at_once) {
    end(0, now);
    write_close(batch);
    return close_is_due_;
  }
  // An acknowledgement may be due while the amplification limit of an unvalidated address is
  // reached.
  const bool is_stuck =
      step == Step::kNothing && ngtcp2_conn_get_expiry(connection_) <= packet.stamp;
  not_before_ = is_stuck ? std::optional(now + kAgainAfter) : std::nullopt;
  return step != Step::kNothing;
}

QuicConnection::Step QuicConnection::write_step(Packet& packet) {
  const bool has_datagram = is_open_ && !packet.are_datagrams_blocked && !datagrams_.empty();
  return has_datagram ? write_datagram(packet) : write_stream(packet);
}

QuicConnection::Step QuicConnection::write_datagram(Packet& packet) {
  std::string& bytes = datagrams_.front();
  const ngtcp2_vec piece{reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  int is_taken = 0;
  const std::span<std::uint8_t> space = packet.batch.space();
  const ngtcp2_ssize status = ngtcp2_conn_writev_datagram(
      connection_, &packet.path.path, &packet.info, space.data(), space.size(), &is_taken,
      NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, &piece, 1, packet.stamp);
  if (is_taken != 0) datagrams_.pop_front();
  if (status != 0) return written(packet, status);
  packet.are_datagrams_blocked = true;
  return Step::kMore;
}

QuicConnection::Step QuicConnection::write_stream(Packet& packet) {
  std::array<std::string_view, kMostPieces> pieces;
  std::array<ngtcp2_vec, kMostPieces> vectors;
  const bool has_bytes = has_stream_ && !packet.is_stream_blocked && queue_.has_unwritten();
  const std::size_t count = has_bytes ? queue_.gather(pieces) : 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto* const base = reinterpret_cast<std::uint8_t*>(const_cast<char*>(pieces[i].data()));
    vectors[i] = {base, pieces[i].size()};
  }
  ngtcp2_ssize taken = -1;
  const std::span<std::uint8_t> space = packet.batch.space();
  const ngtcp2_ssize status = ngtcp2_conn_writev_stream(
      connection_, &packet.path.path, &packet.info, space.data(), space.size(), &taken,
      has_bytes ? NGTCP2_WRITE_STREAM_FLAG_MORE : NGTCP2_WRITE_STREAM_FLAG_NONE,
      has_bytes ? kStream : kNoStream, vectors.data(), count, packet.stamp);
  if (taken > 0) queue_.on_written(static_cast<std::size_t>(taken));
  if (status == NGTCP2_ERR_STREAM_DATA_BLOCKED || status == NGTCP2_ERR_STREAM_SHUT_WR ||
      status == NGTCP2_ERR_STREAM_NOT_FOUND) {
    packet.is_stream_blocked = true;
    return Step::kMore;
  }
  return written(packet, status);
}

QuicConnection::Step QuicConnection::written(Packet& packet, std::ptrdiff_t status) {
  if (status == NGTCP2_ERR_WRITE_MORE) return Step::kMore;
  if (status == 0) return Step::kNothing;
  if (status < 0) {
    write_status_ = static_cast<int>(status);
    return Step::kFailed;
  }
  packet.batch.add(from_quic(packet.path.path), static_cast<std::size_t>(status));
  return Step::kWritten;
}

/// A close waits for the queued bytes, but not for long.
bool QuicConnection::close_has_waited(Instant now) {
  if (pending_close_->at_once && is_open_) return false;
  if (!is_open_ || closes_for_peer_ || (queue_.held() == 0 && datagrams_.empty())) return true;
  if (!pending_close_->not_after) pending_close_->not_after = now + kCloseWithin;
  return now >= *pending_close_->not_after;
}

void QuicConnection::write_close(PacketBatch& batch) {
  if (!close_is_due_ || batch.is_full()) return;
  close_is_due_ = false;
  compat::CloseError error;
  if (ending_status_ == 0) {
    error = closes_for_peer_ ? compat::application_error(0, {})
                             : compat::application_error(ending_->code, ending_->why);
  } else if (ending_status_ == NGTCP2_ERR_CRYPTO) {
    error = compat::tls_error(ngtcp2_conn_get_tls_alert(connection_));
  } else {
    error = compat::library_error(ending_status_);
  }
  Packet packet(batch, last_stamp_);
  const std::span<std::uint8_t> space = batch.space();
  const ngtcp2_ssize length =
      ngtcp2_conn_write_connection_close(connection_, &packet.path.path, &packet.info, space.data(),
                                         kLongestClose, &error, packet.stamp);
  if (length <= 0) return;
  close_packet_.assign(reinterpret_cast<const char*>(space.data()),
                       static_cast<std::size_t>(length));
  batch.add(from_quic(packet.path.path), static_cast<std::size_t>(length));
}

}  // namespace palabre::link
