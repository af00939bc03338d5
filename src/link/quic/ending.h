#pragma once

#include <cstdint>

#include "link/quic/connection.h"

/// What ngtcp2 says of an end, in our words. Included by sources only.
namespace palabre::link {

/// Of those ends that the peer is not told of.
bool is_silent(int status);
/// As the peer has told it.
QuicEnding ending_received(ngtcp2_conn* connection);
/// As TLS has told it, here or there.
QuicEnding ending_of_alert(std::uint8_t alert);
QuicEnding ending_of_library(int status, const QuicConnection::Timing& timing);

}  // namespace palabre::link
