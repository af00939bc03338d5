#pragma once

#include <ngtcp2/ngtcp2.h>

#include "link/quic/compat.h"
#include "link/quic/connection.h"

namespace palabre::link {

/// The callbacks of ngtcp2, called while it reads or writes a packet. They only record: within them
/// the library must not be asked to write, and a user's callback could do that. Included by sources
/// only.
struct QuicConnection::Callbacks {
  static ngtcp2_callbacks of(bool is_server);

 private:
  static QuicConnection& self(void* user) { return *static_cast<QuicConnection*>(user); }

  static void set_crypto(ngtcp2_callbacks& callbacks, bool is_server);
  static int on_crypto(ngtcp2_conn* connection, compat::CryptoLevel level, std::uint64_t offset,
                       const std::uint8_t* data, std::size_t length, void* user);
  static int on_handshake(ngtcp2_conn* connection, void* user);
  static int on_stream_open(ngtcp2_conn* connection, std::int64_t stream, void* user);
  static int on_stream_bytes(ngtcp2_conn* connection, std::uint32_t flags, std::int64_t stream,
                             std::uint64_t offset, const std::uint8_t* data, std::size_t length,
                             void* user, void* stream_user);
  static int on_acknowledged(ngtcp2_conn* connection, std::int64_t stream, std::uint64_t offset,
                             std::uint64_t length, void* user, void* stream_user);
  static int on_stream_over(ngtcp2_conn* connection, std::int64_t stream, std::uint64_t code,
                            void* user, void* stream_user);
  static int on_datagram(ngtcp2_conn* connection, std::uint32_t flags, const std::uint8_t* data,
                         std::size_t length, void* user);
  static int on_reset(ngtcp2_conn* connection, const ngtcp2_pkt_stateless_reset* reset, void* user);
  static int on_new_id(ngtcp2_conn* connection, ngtcp2_cid* id, std::uint8_t* token,
                       std::size_t length, void* user);
  static int on_retired_id(ngtcp2_conn* connection, const ngtcp2_cid* id, void* user);
  static void on_path(ngtcp2_path_validation_result result, void* user);
};

}  // namespace palabre::link
