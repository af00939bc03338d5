#include "link/quic/tls.h"

#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "link/quic/compat.h"
#include "link/quic/gnutls.h"

namespace palabre::link {
namespace {

constexpr const char* kPriorities =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:%DISABLE_TLS13_COMPAT_MODE";
constexpr std::string_view kExporterLabel = "EXPORTER-palabre-login";

bool has_alpn(gnutls_session_t session) {
  gnutls_datum_t selected{};
  return gnutls_alpn_get_selected_protocol(session, &selected) == 0;
}

/// GnuTLS refuses a peer that offers another protocol, but not a peer that offers none.
int refuse_without_alpn(gnutls_session_t session) {
  return has_alpn(session) ? 0 : GNUTLS_E_NO_APPLICATION_PROTOCOL;
}

/// The pin of the peer's certificate, which is untrusted input; empty if it is not a certificate.
std::optional<Pin> shown_pin(gnutls_session_t session) {
  unsigned count = 0;
  const gnutls_datum_t* const certificates = gnutls_certificate_get_peers(session, &count);
  if (certificates == nullptr || count == 0) return std::nullopt;
  gnutls_x509_crt_t certificate = nullptr;
  gnutls_pubkey_t key = nullptr;
  gnutls_datum_t der{};
  std::optional<Pin> pin;
  if (gnutls_x509_crt_init(&certificate) == 0 && gnutls_pubkey_init(&key) == 0 &&
      gnutls_x509_crt_import(certificate, certificates, GNUTLS_X509_FMT_DER) == 0 &&
      gnutls_pubkey_import_x509(key, certificate, 0) == 0 &&
      gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der) == 0) {
    pin.emplace();
    gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, pin->bytes.data());
    gnutls_free(der.data);
  }
  if (key != nullptr) gnutls_pubkey_deinit(key);
  if (certificate != nullptr) gnutls_x509_crt_deinit(certificate);
  return pin;
}

}  // namespace

struct QuicTls::Shared {
  gnutls_certificate_credentials_t credentials = nullptr;
  gnutls_priority_t priorities = nullptr;

  Shared() {
    expect_done(gnutls_certificate_allocate_credentials(&credentials), "TLS credentials");
    expect_done(gnutls_priority_init(&priorities, kPriorities, nullptr), "TLS priorities");
  }
  ~Shared() {
    if (priorities != nullptr) gnutls_priority_deinit(priorities);
    if (credentials != nullptr) gnutls_certificate_free_credentials(credentials);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
};

QuicTls::QuicTls(bool is_server, const char* alpn)
    : is_server_(is_server), alpn_(alpn), shared_(std::make_unique<Shared>()) {}

QuicTls::~QuicTls() = default;

std::unique_ptr<QuicTls> QuicTls::server(const Certificate& certificate) {
  std::unique_ptr<QuicTls> tls(new QuicTls(true, kAlpn));
  const gnutls_datum_t key = datum(certificate.key_pem);
  const gnutls_datum_t chain = datum(certificate.certificate_pem);
  expect_done(gnutls_certificate_set_x509_key_mem(tls->shared_->credentials, &chain, &key,
                                                  GNUTLS_X509_FMT_PEM),
              "the server's certificate");
  return tls;
}

std::unique_ptr<QuicTls> QuicTls::client(const char* alpn) {
  return std::unique_ptr<QuicTls>(new QuicTls(false, alpn));
}

struct TlsSession::State {
  gnutls_session_t session = nullptr;
  ngtcp2_conn* connection = nullptr;
  ngtcp2_crypto_conn_ref reference{};  // by which the library finds the connection of a session
  PinCheck accepts;
  std::optional<Pin> seen;
  bool is_refused = false;

  ~State() {
    if (session != nullptr) gnutls_deinit(session);
  }

  static State& of(gnutls_session_t session) {
    const auto* const reference =
        static_cast<ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(session));
    return *static_cast<State*>(reference->user_data);
  }

  static int verify(gnutls_session_t session) {
    State& state = of(session);
    if (!has_alpn(session)) return -1;
    state.seen = shown_pin(session);
    if (!state.seen) return -1;
    state.is_refused = state.accepts && !state.accepts(*state.seen);
    return state.is_refused ? -1 : 0;
  }
};

TlsSession::TlsSession(const QuicTls& tls, PinCheck accepts) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.accepts = std::move(accepts);
  const unsigned flags = tls.is_server_
                             ? GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_TICKETS
                             : GNUTLS_CLIENT | GNUTLS_NO_TICKETS;
  expect_done(gnutls_init(&state.session, flags), "a TLS session");
  expect_done(gnutls_priority_set(state.session, tls.shared_->priorities), "TLS priorities");
  expect_done(
      gnutls_credentials_set(state.session, GNUTLS_CRD_CERTIFICATE, tls.shared_->credentials),
      "TLS credentials");
  const gnutls_datum_t alpn = datum(tls.alpn_);
  if (alpn.size > 0) {
    expect_done(gnutls_alpn_set_protocols(state.session, &alpn, 1, GNUTLS_ALPN_MANDATORY), "ALPN");
  }
  if (tls.is_server_) {
    expect_done(ngtcp2_crypto_gnutls_configure_server_session(state.session), "QUIC's TLS");
    gnutls_handshake_set_post_client_hello_function(state.session, refuse_without_alpn);
  } else {
    expect_done(ngtcp2_crypto_gnutls_configure_client_session(state.session), "QUIC's TLS");
    gnutls_session_set_verify_function(state.session, State::verify);
  }
  state.reference.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
    return static_cast<State*>(reference->user_data)->connection;
  };
  state.reference.user_data = &state;
  gnutls_session_set_ptr(state.session, &state.reference);
}

TlsSession::~TlsSession() = default;

void TlsSession::attach(ngtcp2_conn* connection) {
  state_->connection = connection;
  ngtcp2_conn_set_tls_native_handle(connection, state_->session);
}

void TlsSession::end() {
  if (state_->session == nullptr) return;
  ngtcp2_conn_set_tls_native_handle(state_->connection, nullptr);
  gnutls_deinit(state_->session);
  state_->session = nullptr;
}

Link::Exporter TlsSession::exporter() const {
  Link::Exporter value{};
  expect_done(gnutls_prf_rfc5705(state_->session, kExporterLabel.size(), kExporterLabel.data(), 0,
                                 nullptr, value.size(), reinterpret_cast<char*>(value.data())),
              "the TLS exporter");
  return value;
}

const std::optional<Pin>& TlsSession::seen() const { return state_->seen; }

bool TlsSession::is_pin_refused() const { return state_->is_refused; }

}  // namespace palabre::link
