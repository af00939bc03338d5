#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/pin.h"
#include "link/link.h"
#include "link/quic/certificate.h"

struct ngtcp2_conn;

namespace palabre::link {

/// What the TLS sessions of one end have in common: TLS 1.3 alone, ALPN `palabre/1` alone, no
/// early data, no tickets. A server needs one, all clients of a process may share one. Outlives its
/// sessions. The GnuTLS library honours SSLKEYLOGFILE by itself.
class QuicTls {
 public:
  static constexpr const char* kAlpn = "palabre/1";

  /// Throws where the certificate, which has been checked, cannot be used: a bug.
  static std::unique_ptr<QuicTls> server(const Certificate& certificate);
  /// `alpn` is another one, or none (empty), in tests alone.
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

/// The handshake of one connection. Stays where it is: TLS and QUIC hold on to it.
class TlsSession {
 public:
  /// `accepts` is asked for a client alone, which verifies nothing else of its server.
  TlsSession(const QuicTls& tls, PinCheck accepts);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Makes the two know each other; the connection outlives the session.
  void attach(ngtcp2_conn* connection);

  /// Requires that the handshake is complete.
  Link::Exporter exporter() const;
  /// Gives back what TLS holds, about 40 KiB: after the handshake nobody needs it.
  void end();

  /// The pin that the server has shown, if it came to that.
  const std::optional<Pin>& seen() const;
  bool is_pin_refused() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace palabre::link
