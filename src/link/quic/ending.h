#pragma once

#include <cstdint>

#include "link/quic/connection.h"

/// Translates the results of ngtcp2 into `QuicEnding`. Included by sources only.
namespace palabre::link {

/// Whether the peer is not told of an ending with this status.
bool is_silent(int status);
/// As reported by the peer.
QuicEnding ending_received(ngtcp2_conn* connection);
/// For a TLS alert, ours or the peer's.
QuicEnding ending_of_alert(std::uint8_t alert);
QuicEnding ending_of_library(int status, const QuicConnection::Timing& timing);

}  // namespace palabre::link
