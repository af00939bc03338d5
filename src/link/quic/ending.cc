#include "link/quic/ending.h"

#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "link/quic/compat.h"

namespace palabre::link {
namespace {

using Cause = QuicEnding::Cause;

constexpr std::uint64_t kFirstTlsError = 0x100;
constexpr std::uint64_t kLastTlsError = 0x1FF;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

QuicEnding ending_of_transport(std::uint64_t code, std::string_view reason) {
  if (code == NGTCP2_CONNECTION_REFUSED && reason == "banned") {
    return {Cause::kTurnedAway, code, "Your address is banned there. Ask who runs it."};
  }
  if (code == NGTCP2_CONNECTION_REFUSED && reason == "not from here") {
    return {Cause::kTurnedAway, code,
            "This server admits members from its own networks only, and your address is outside of "
            "them. Ask who runs it."};
  }
  if (code == NGTCP2_CONNECTION_REFUSED) {
    return {Cause::kRefusedByPeer, code, "the other end takes no more connections at the moment"};
  }
  return {Cause::kRefusedByPeer, code,
          fmt::format("the other end refused it with QUIC's error {:#x}", code)};
}

}  // namespace

bool is_silent(int status) {
  static constexpr std::array kSilent{
      NGTCP2_ERR_DRAINING,  NGTCP2_ERR_IDLE_CLOSE, NGTCP2_ERR_HANDSHAKE_TIMEOUT,
      NGTCP2_ERR_DROP_CONN, NGTCP2_ERR_RETRY,      NGTCP2_ERR_RECV_VERSION_NEGOTIATION};
  return std::find(kSilent.begin(), kSilent.end(), status) != kSilent.end();
}

QuicEnding ending_received(ngtcp2_conn* connection) {
  const compat::CloseError error = compat::received_error(connection);
  if (compat::is_application_error(error)) {
    return {Cause::kClosedByPeer, error.error_code,
            std::string(reinterpret_cast<const char*>(error.reason), error.reasonlen)};
  }
  if (error.error_code >= kFirstTlsError && error.error_code <= kLastTlsError) {
    return ending_of_alert(static_cast<std::uint8_t>(error.error_code - kFirstTlsError));
  }
  return ending_of_transport(error.error_code,
                             {reinterpret_cast<const char*>(error.reason), error.reasonlen});
}

QuicEnding ending_of_alert(std::uint8_t alert) {
  const std::uint64_t code = kFirstTlsError + alert;
  if (alert == GNUTLS_A_NO_APPLICATION_PROTOCOL) {
    return {Cause::kWrongTls, code, fmt::format("only one end speaks {}", QuicTls::kAlpn)};
  }
  const char* const name = gnutls_alert_get_name(static_cast<gnutls_alert_description_t>(alert));
  return {Cause::kWrongTls, code,
          fmt::format("no encryption was agreed on ({})", name == nullptr ? "unknown" : name)};
}

QuicEnding ending_of_library(int status, const QuicConnection::Timing& timing) {
  switch (status) {
    case NGTCP2_ERR_IDLE_CLOSE:
      return {Cause::kIdle, 0, fmt::format("nothing came for {} s", seconds(timing.idle))};
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return {Cause::kNoAnswer, 0, fmt::format("no answer within {} s", seconds(timing.handshake))};
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
      return {Cause::kOtherVersion, 0, "the other end does not speak version 1 of QUIC"};
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
      return {Cause::kDropped, 0, "it was given up"};
    default:
      return {Cause::kBroken, 0, fmt::format("QUIC failed: {}", ngtcp2_strerror(status))};
  }
}

}  // namespace palabre::link
