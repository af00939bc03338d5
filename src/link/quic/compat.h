#pragma once

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The differences between ngtcp2 0.12 (Debian 12) and 1.x (Debian 13), and nothing else. Included
/// by sources only.
namespace palabre::link::compat {

inline std::string_view token_of(const ngtcp2_pkt_hd& header) {
#if NGTCP2_VERSION_NUM >= 0x010000
  return {reinterpret_cast<const char*>(header.token), header.tokenlen};
#else
  return {reinterpret_cast<const char*>(header.token.base), header.token.len};
#endif
}

/// `settings` borrows the header's token.
inline void set_token(ngtcp2_settings& settings, const ngtcp2_pkt_hd& header) {
  settings.token = header.token;
#if NGTCP2_VERSION_NUM >= 0x010000
  settings.tokenlen = header.tokenlen;
#endif
}

inline void set_original_dcid(ngtcp2_transport_params& params, const ngtcp2_cid& dcid) {
  params.original_dcid = dcid;
#if NGTCP2_VERSION_NUM >= 0x010000
  params.original_dcid_present = 1;
#endif
}

#if NGTCP2_VERSION_NUM >= 0x010000
using CryptoLevel = ngtcp2_encryption_level;
using CloseError = ngtcp2_ccerr;
#else
using CryptoLevel = ngtcp2_crypto_level;
using CloseError = ngtcp2_connection_close_error;
#endif

inline CloseError application_error(std::uint64_t code, std::string_view why) {
  CloseError error;
  auto* const reason = reinterpret_cast<std::uint8_t*>(const_cast<char*>(why.data()));
#if NGTCP2_VERSION_NUM >= 0x010000
  ngtcp2_ccerr_default(&error);
  ngtcp2_ccerr_set_application_error(&error, code, reason, why.size());
#else
  ngtcp2_connection_close_error_default(&error);
  ngtcp2_connection_close_error_set_application_error(&error, code, reason, why.size());
#endif
  return error;
}

inline CloseError tls_error(std::uint8_t alert) {
  CloseError error;
#if NGTCP2_VERSION_NUM >= 0x010000
  ngtcp2_ccerr_default(&error);
  ngtcp2_ccerr_set_tls_alert(&error, alert, nullptr, 0);
#else
  ngtcp2_connection_close_error_default(&error);
  ngtcp2_connection_close_error_set_transport_error_tls_alert(&error, alert, nullptr, 0);
#endif
  return error;
}

inline CloseError library_error(int status) {
  CloseError error;
#if NGTCP2_VERSION_NUM >= 0x010000
  ngtcp2_ccerr_default(&error);
  ngtcp2_ccerr_set_liberr(&error, status, nullptr, 0);
#else
  ngtcp2_connection_close_error_default(&error);
  ngtcp2_connection_close_error_set_transport_error_liberr(&error, status, nullptr, 0);
#endif
  return error;
}

/// How the peer closed the connection. Borrows the reason from the connection.
inline CloseError received_error(ngtcp2_conn* connection) {
#if NGTCP2_VERSION_NUM >= 0x010000
  return *ngtcp2_conn_get_ccerr(connection);
#else
  CloseError error;
  ngtcp2_conn_get_connection_close_error(connection, &error);
  return error;
#endif
}

inline bool is_application_error(const CloseError& error) {
#if NGTCP2_VERSION_NUM >= 0x010000
  return error.type == NGTCP2_CCERR_TYPE_APPLICATION;
#else
  return error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
#endif
}

/// The path validation callback has one more argument in newer versions. `Told` is called with the
/// result only.
template <void (*Told)(ngtcp2_path_validation_result result, void* user)>
void set_path_validation(ngtcp2_callbacks& callbacks) {
#if NGTCP2_VERSION_NUM >= 0x000d00
  callbacks.path_validation = [](ngtcp2_conn*, std::uint32_t, const ngtcp2_path*,
                                 const ngtcp2_path*, ngtcp2_path_validation_result result,
                                 void* user) {
    Told(result, user);
    return 0;
  };
#else
  callbacks.path_validation = [](ngtcp2_conn*, std::uint32_t, const ngtcp2_path*,
                                 ngtcp2_path_validation_result result, void* user) {
    Told(result, user);
    return 0;
  };
#endif
}

}  // namespace palabre::link::compat
