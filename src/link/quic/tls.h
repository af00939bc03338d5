#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/pin.h"
#include "link/link.h"
#include "link/quic/certificate.h"

struct ngtcp2_conn;

namespace palabre::link {

/// Settings shared by the TLS sessions of one end: TLS 1.3 only, ALPN `palabre/1` only, no early
/// data, no tickets. A server needs one; all clients of a process may share one. Outlives its
/// sessions. GnuTLS itself honours SSLKEYLOGFILE.
class QuicTls {
 public:
  static constexpr const char* kAlpn = "palabre/1";

  /// Throws if the certificate cannot be used. It has been checked, so that is a bug.
  static std::unique_ptr<QuicTls> server(const Certificate& certificate);
  /// `alpn`: another protocol, or none (empty), is for tests only.
  static std::unique_ptr<QuicTls> client(const char* alpn = kAlpn);
  ~QuicTls();
  QuicTls(const QuicTls&) = delete;
  QuicTls& operator=(const QuicTls&) = delete;

 private:
  friend class TlsSession;
  struct Shared;

  QuicTls(bool is_server, const char* alpn);

  bool is_server_;
  const char* alpn_;
  std::unique_ptr<Shared> shared_;
};

/// The TLS handshake of one connection. Not movable: TLS and QUIC keep pointers to it.
class TlsSession {
 public:
  /// `accepts` decides on the server's pin, the only thing that a client verifies. Unused in a
  /// server.
  TlsSession(const QuicTls& tls, PinCheck accepts);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Ties the session and the connection to each other. TLS must not be used after either is gone.
  void attach(ngtcp2_conn* connection);

  /// Requires that the handshake is complete.
  Link::Exporter exporter() const;
  /// Frees the TLS session, about 40 KiB, which is not needed after the handshake.
  void end();

  /// The pin of the server's certificate; empty if none was received.
  const std::optional<Pin>& seen() const;
  bool is_pin_refused() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace palabre::link
