#include "link/quic/callbacks.h"

#include <ngtcp2/ngtcp2_crypto.h>
#include <sodium/randombytes.h>

#include <algorithm>

#include "link/quic/values.h"

namespace palabre::link {
namespace {

constexpr std::uint8_t kUnexpectedMessage = 10;  // a TLS alert

}  // namespace

void QuicConnection::Callbacks::set_crypto(ngtcp2_callbacks& callbacks, bool is_server) {
  if (is_server) {
    callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  } else {
    callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
    callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
  }
  callbacks.recv_crypto_data = on_crypto;
  callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
  callbacks.decrypt = ngtcp2_crypto_decrypt_cb;
  callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
  callbacks.update_key = ngtcp2_crypto_update_key_cb;
  callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  callbacks.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
  callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  callbacks.rand = [](std::uint8_t* to, std::size_t length, const ngtcp2_rand_ctx*) {
    randombytes_buf(to, length);
  };
}

ngtcp2_callbacks QuicConnection::Callbacks::of(bool is_server) {
  ngtcp2_callbacks callbacks{};
  set_crypto(callbacks, is_server);
  callbacks.handshake_completed = on_handshake;
  callbacks.stream_open = on_stream_open;
  callbacks.recv_stream_data = on_stream_bytes;
  callbacks.acked_stream_data_offset = on_acknowledged;
  callbacks.stream_reset = [](ngtcp2_conn* connection, std::int64_t stream, std::uint64_t,
                              std::uint64_t code, void* user, void* stream_user) {
    return on_stream_over(connection, stream, code, user, stream_user);
  };
  callbacks.stream_stop_sending = on_stream_over;
  callbacks.recv_datagram = on_datagram;
  callbacks.recv_stateless_reset = on_reset;
  callbacks.get_new_connection_id = on_new_id;
  callbacks.remove_connection_id = on_retired_id;
  compat::set_path_validation<on_path>(callbacks);
  return callbacks;
}

int QuicConnection::Callbacks::on_crypto(ngtcp2_conn* connection, compat::CryptoLevel level,
                                         std::uint64_t offset, const std::uint8_t* data,
                                         std::size_t length, void* user) {
  const QuicConnection& link = self(user);
  if (link.is_server_ && link.handshake_done_) {
    // A server has freed its TLS session after the handshake, and accepts no TLS message after
    // that.
    ngtcp2_conn_set_tls_alert(connection, kUnexpectedMessage);
    return NGTCP2_ERR_CRYPTO;
  }
  return ngtcp2_crypto_recv_crypto_data_cb(connection, level, offset, data, length, user);
}

int QuicConnection::Callbacks::on_handshake(ngtcp2_conn* connection, void* user) {
  QuicConnection& link = self(user);
  link.handshake_done_ = true;
  if (link.is_server_) return 0;
  std::int64_t stream = -1;
  link.has_stream_ = ngtcp2_conn_open_bidi_stream(connection, &stream, nullptr) == 0;
  return 0;
}

int QuicConnection::Callbacks::on_stream_open(ngtcp2_conn*, std::int64_t, void* user) {
  self(user).has_stream_ = true;
  return 0;
}

int QuicConnection::Callbacks::on_stream_bytes(ngtcp2_conn*, std::uint32_t flags, std::int64_t,
                                               std::uint64_t, const std::uint8_t* data,
                                               std::size_t length, void* user, void*) {
  QuicConnection& link = self(user);
  if (length > 0) link.arrived_.append(reinterpret_cast<const char*>(data), length);
  if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) link.close_for_peer(0, "");
  return 0;
}

int QuicConnection::Callbacks::on_acknowledged(ngtcp2_conn*, std::int64_t, std::uint64_t,
                                               std::uint64_t length, void* user, void*) {
  QuicConnection& link = self(user);
  link.queue_.on_acknowledged(static_cast<std::size_t>(length));
  if (link.was_full_ && link.room() > 0) {
    link.was_full_ = false;
    link.room_is_new_ = true;
  }
  return 0;
}

int QuicConnection::Callbacks::on_stream_over(ngtcp2_conn*, std::int64_t, std::uint64_t code,
                                              void* user, void*) {
  self(user).close_for_peer(code, "");
  return 0;
}

int QuicConnection::Callbacks::on_datagram(ngtcp2_conn*, std::uint32_t, const std::uint8_t* data,
                                           std::size_t length, void* user) {
  self(user).arrived_datagrams_.emplace_back(reinterpret_cast<const char*>(data), length);
  return 0;
}

int QuicConnection::Callbacks::on_reset(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*,
                                        void* user) {
  self(user).reset_seen_ = true;
  return 0;
}

int QuicConnection::Callbacks::on_new_id(ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token,
                                         std::size_t length, void* user) {
  QuicConnection& link = self(user);
  id->datalen = length;
  randombytes_buf(id->data, length);
  const ConnectionId ours = from_quic(*id);
  const QuicCarrier::ResetToken reset = link.carrier_.reset_token(ours);
  std::copy(reset.begin(), reset.end(), token);
  link.carrier_.on_new_id(link, ours);
  return 0;
}

int QuicConnection::Callbacks::on_retired_id(ngtcp2_conn*, const ngtcp2_cid* id, void* user) {
  self(user).carrier_.on_retired_id(from_quic(*id));
  return 0;
}

void QuicConnection::Callbacks::on_path(ngtcp2_path_validation_result result, void* user) {
  QuicConnection& link = self(user);
  if (result != NGTCP2_PATH_VALIDATION_RESULT_SUCCESS) return;
  const Address now = link.peer();
  if (link.proven_peer_ && *link.proven_peer_ != now) {
    link.carrier_.on_migrated();
    link.has_moved_ = true;
  }
  link.proven_peer_ = now;
}

}  // namespace palabre::link
